/** What the control thread and the serving threads say to each other: plain values, posted. */
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import type { LogLine } from '../../src/telemetry/log.ts';

/** What a serving thread starts with (workerData). */
export interface ServingThreadData {
  /** 0, 1, …; a thread that replaces another takes its number. */
  readonly index: number;
  readonly options: Options;
  /** Where it listens by UDP and TCP. */
  readonly listen: readonly Address[];
  /** Whether the ports are shared with other threads (SO_REUSEPORT). */
  readonly sharePorts: boolean;
  /** Its counters, query log and sketches, shared with the control thread. */
  readonly shared: SharedTelemetry;
}

/** Memory that one serving thread writes and the control thread reads. */
export type SharedTelemetry = Readonly<Record<string, SharedArrayBuffer>>;

/** To a serving thread. */
export type Command =
  /** Come after the updates that bring it up to date: it listens from now on. */
  | { readonly kind: 'listen' }
  | { readonly kind: 'update'; readonly update: ClusterUpdate }
  | { readonly kind: 'reload'; readonly options: Options }
  /** Wants a `reply` of the same id. */
  | { readonly kind: 'ask'; readonly id: number; readonly question: Inquiry }
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
  /** It could not start; `system`: what the system's error said (code, syscall, address, port). */
  | { readonly kind: 'failed'; readonly message: string; readonly system: Readonly<Record<string, unknown>> }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown };
