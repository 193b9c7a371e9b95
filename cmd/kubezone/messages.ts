/** What the control thread and the other threads say to each other: plain values, posted. */
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import type { PolicySources } from '../../src/query/filter/load-policies.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import type { ThreadMemory } from '../../src/telemetry/shared-memory.ts';

/** What a serving thread starts with (workerData). */
export interface ServingThreadData {
  /** 0, 1, …; a thread that replaces another takes its number. */
  readonly index: number;
  /** Whether none has listened before it. */
  readonly isFirst: boolean;
  readonly options: Options;
  /** Where it listens by UDP and TCP. */
  readonly listen: readonly Address[];
  /** Whether the ports are shared with other threads (SO_REUSEPORT). */
  readonly sharePorts: boolean;
  /** What it counts and records in, shared with the control thread. */
  readonly memory: ThreadMemory;
  /** The same in every thread. */
  readonly cookieSecret: Uint8Array;
  readonly loopToken: string;
}

/** What a thread that reads lists starts with. */
export interface ListThreadData {
  readonly lists: PolicySources;
}

/** To a serving thread. */
export type Command =
  /** Come after the updates that bring it up to date: it listens from now on. */
  | { readonly kind: 'listen' }
  /** Wants `taken`. */
  | { readonly kind: 'update'; readonly update: ClusterUpdate }
  /** Takes other options at once; `anew`: updates to `rebuild` the zones with follow, among others, and `rebuilt`. */
  | { readonly kind: 'reload'; readonly options: Options; readonly anew: boolean }
  /** Wants `taken`. */
  | { readonly kind: 'rebuild'; readonly update: ClusterUpdate }
  | { readonly kind: 'rebuilt' }
  /** Wants a `reply` of the same id. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Inquiry }
  /** Blocklists and response policy zones; the memory is shared. */
  | { readonly kind: 'lists'; readonly lists: PolicyData }
  /** Wants `here`. */
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
  | { readonly kind: 'listening'; readonly urls: readonly string[] }
  /** It could not start; `system`: what the system's error said (code, syscall, path, address, port). */
  | { readonly kind: 'failed'; readonly message: string; readonly system: Readonly<Record<string, unknown>> }
  /** An update is applied, and queries were read since. */
  | { readonly kind: 'taken'; readonly of: 'update' | 'rebuild' }
  | { readonly kind: 'here' }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown };
