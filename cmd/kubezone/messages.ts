/** The messages between the control thread and the other threads: plain values, posted. */
import type { PostedUpdate } from '../../src/cluster/posted-update.ts';
import type { Options } from '../../src/config/options.ts';
import type { PolicySources } from '../../src/query/filter/load-policies.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import type { ThreadMemory } from '../../src/telemetry/shared-memory.ts';
import type { ListenAddresses } from './listeners.ts';

/** What a serving thread starts with (workerData). */
export interface ServingThreadData {
  /** 0, 1, …; a thread that replaces another takes its index. */
  readonly index: number;
  /** Whether no thread has listened before it. */
  readonly isFirst: boolean;
  readonly options: Options;
  readonly addresses: ListenAddresses;
  /** Whether the ports are shared with other threads (SO_REUSEPORT). */
  readonly sharePorts: boolean;
  /** Where it counts and records, shared with the control thread. */
  readonly memory: ThreadMemory;
  /** The same in every thread; those of cookie-secrets.ts. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly loopToken: string;
}

/** What a thread that reads lists starts with (workerData). */
export interface ListThreadData {
  readonly lists: PolicySources;
}

/** To a serving thread. */
export type Command =
  /** Listen from now on; sent after the updates that bring the thread up to date. */
  | { readonly kind: 'listen' }
  /** Answered by `taken`. */
  | { readonly kind: 'update'; readonly update: PostedUpdate }
  /** Takes other options at once. With `anew`, updates to `rebuild` the zones follow, among other commands, and then `rebuilt`. */
  | { readonly kind: 'reload'; readonly options: Options; readonly anew: boolean }
  /** Answered by `taken`. */
  | { readonly kind: 'rebuild'; readonly update: PostedUpdate }
  | { readonly kind: 'rebuilt' }
  /** Answered by a `reply` of the same id. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Inquiry }
  /** Blocklists and response policy zones, in shared memory. */
  | { readonly kind: 'lists'; readonly lists: PolicyData }
  /** Answered by `here`. */
  | { readonly kind: 'call' }
  | { readonly kind: 'close' };

/** What the admin server asks a serving thread. */
export type Inquiry =
  | { readonly kind: 'cache-inspect'; readonly name: string }
  | { readonly kind: 'cache-flush'; readonly name?: string; readonly zone?: string }
  | { readonly kind: 'cache-statistics' }
  | { readonly kind: 'explain'; readonly name: string; readonly type: string };

/** From a serving thread. */
export type Report =
  | { readonly kind: 'listening'; readonly urls: readonly string[]; readonly addresses: ListenAddresses }
  /** The thread could not start; `system` has the system error's fields (code, syscall, path). */
  | { readonly kind: 'failed'; readonly message: string; readonly system: Readonly<Record<string, unknown>> }
  /** An update was applied, and queries were read since. */
  | { readonly kind: 'taken'; readonly of: 'update' | 'rebuild' }
  | { readonly kind: 'here' }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown };
