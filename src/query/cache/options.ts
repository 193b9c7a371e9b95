/** The options, observer and control of the cache. */
import type { Name } from '../../wire/name.ts';

/** The options of src/config/cache-options.ts, under the same names. Times are in seconds unless noted. */
export interface CacheOptions {
  /** Bytes. */
  readonly cacheSize: number;
  readonly cacheMinTtl: number;
  readonly cacheMaxTtl: number;
  readonly cacheMinNegativeTtl: number;
  readonly cacheMaxNegativeTtl: number;
  readonly cacheServfailTtl: number;
  readonly prefetch: boolean;
  readonly serveStale: number;
  readonly staleTtl: number;
  /** Milliseconds. */
  readonly staleClientTimeout: number;
  /** Milliseconds. */
  readonly staleRecheck: number;
  readonly cacheAuthoritative: boolean;
}

/** Clients that may wait at once, over all questions: each costs a kept packet and a promise, about 2 KiB. */
export const MAX_WAITING = 8192;

/** What an entry holds: data; a denial by SOA (RFC 2308); or a SERVFAIL. */
export const Kind = { positive: 0, negative: 1, failure: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const kindNames: readonly (keyof typeof Kind)[] = ['positive', 'negative', 'failure'];

/** The kind of a hit, in the order of the metric's labels. A cached SERVFAIL counts as negative. */
export const Hit = { positive: 0, negative: 1, stale: 2 } as const;
export type Hit = (typeof Hit)[keyof typeof Hit];
export const hitNames: readonly (keyof typeof Hit)[] = ['positive', 'negative', 'stale'];

/** Called for every query: only count here. */
export interface CacheObserver {
  hit(hit: Hit): void;
  miss(): void;
  /** An entry made room for another, or was found too old to be served. */
  evicted(kind: Kind): void;
  /** What is held after an insertion or a flush: entries of each kind, and bytes of records and tables. */
  holds(entries: ArrayLike<number>, bytes: number): void;
  /** Entries were removed by `flush`. */
  flushed?(): void;
  prefetched(): void;
  /** A client waits for another client's question. */
  coalesced(): void;
  /** A question in the background threw: a bug here, with no client to get the SERVFAIL. */
  refreshFailed(error: unknown): void;
}

export const silentCacheObserver: CacheObserver = {
  hit: () => undefined,
  miss: () => undefined,
  evicted: () => undefined,
  holds: () => undefined,
  prefetched: () => undefined,
  coalesced: () => undefined,
  refreshFailed: () => undefined,
};

/** One cached answer, as `inspect` shows it. Plain data: it is posted to another thread. */
export interface CacheEntry {
  readonly name: Name;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  readonly kind: keyof typeof Kind;
  readonly rcode: number;
  /** Seconds left; below 0: it expired that long ago. */
  readonly ttl: number;
  /** `fresh`, `stale` (may still be given while upstreams fail) or `expired` (waits to be overwritten). */
  readonly state: 'fresh' | 'stale' | 'expired';
  /** Up to 65,535. Those that were answered by copying a response (src/server/known-responses.ts) are added when the TTL next counts down. */
  readonly hits: number;
  readonly bytes: number;
}

/** What to flush: one name, zones with everything below them, or all. */
export type Flush = { readonly name: Name } | { readonly zones: readonly Name[] } | { readonly all: true };

export interface CacheStatistics {
  /** Entries of each kind. */
  readonly entries: Readonly<Record<keyof typeof Kind, number>>;
  /** Bytes that the entries take, with the tables over them. */
  readonly bytes: number;
  /** Bytes it may take: `cache-size`. */
  readonly limit: number;
  /** Questions in flight to upstreams. */
  readonly asking: number;
  /** Clients that wait for them. */
  readonly waiting: number;
}

/** What the admin server may do with the cache; called on the serving thread. Inspecting and flushing visit every entry. */
export interface CacheControl {
  inspect(name: Name): readonly CacheEntry[];
  /** Returns how many entries were removed. Matching questions in flight are answered, but not cached. */
  flush(what: Flush): number;
  statistics(): CacheStatistics;
  /** Applies new options. Entries keep the TTLs they were stored with; another `cacheSize` starts an empty cache. */
  configure(options: CacheOptions): void;
}
