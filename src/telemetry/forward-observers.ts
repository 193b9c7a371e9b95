/** Counts what the cache and the upstreams report. */
import { Hit, type CacheObserver } from '../query/cache/options.ts';
import { Rcode } from '../wire/iana.ts';
import type { Log as UpstreamLog, State, UpstreamObserver } from '../upstream/observer.ts';
import { durationBounds, durationBucket } from './buckets.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf, rcodeIndex } from './dimensions.ts';
import type { Log } from './log.ts';
import type { Slots } from './slots.ts';

export function cacheObserver(counters: Counters, log: Log): CacheObserver {
  const requests = cellOf('cacheRequests');
  const hits = cellOf('cacheHits', Hit.positive);
  const misses = cellOf('cacheMisses');
  const evictions = cellOf('cacheEvictions', 0);
  const entries = cellOf('cacheEntries', 0);
  const bytes = cellOf('cacheBytes');
  const prefetches = cellOf('cachePrefetches');
  const coalesced = cellOf('cacheCoalesced');
  const failures = cellOf('cacheRefreshFailures');
  return {
    hit: (hit) => {
      counters[requests]! += 1;
      counters[hits + hit]! += 1;
    },
    miss: () => {
      counters[requests]! += 1;
      counters[misses]! += 1;
    },
    evicted: (kind) => void (counters[evictions + kind]! += 1),
    holds: (held, octets) => {
      for (let kind = 0; kind < held.length; kind++) counters[entries + kind] = held[kind]!;
      counters[bytes] = octets;
    },
    prefetched: () => void (counters[prefetches]! += 1),
    coalesced: () => void (counters[coalesced]! += 1),
    refreshFailed: (error) => {
      counters[failures]! += 1;
      log.error({ error }, 'a question asked in the background failed');
    },
  };
}

const SUM = durationBounds.length + 1;
/** Causes that are replies: their durations are counted under the RCODE they came with. */
const replies: Readonly<Record<string, number>> = { servfail: Rcode.SERVFAIL, refused: Rcode.REFUSED, formerr: Rcode.FORMERR };

/** Notified, with the upstream's URL, of messages that were not the reply to the question, and of too many of them (upstream/observer.ts). */
export interface ForgeryObserver {
  readonly dropped: (url: string) => void;
  readonly guessed: (url: string) => void;
}

export function upstreamObserver(counters: Counters, slots: Slots, forgeries?: ForgeryObserver): UpstreamObserver {
  const slotOfIndex: number[] = [];
  const urls: string[] = [];
  const states: (State | undefined)[] = [];
  const add = (cell: number): void => {
    counters[cell]! += 1;
  };
  const lasted = (slot: number, rcode: number, ms: number): void => {
    const cell = cellOf('upstreamDurations', slot, rcodeIndex(rcode));
    counters[cell + durationBucket(ms)]! += 1;
    counters[cell + SUM]! += ms / 1000;
  };
  const enter = (upstream: number, state: State | undefined): void => {
    const slot = slotOfIndex[upstream]!;
    const before = states[upstream];
    if (before !== undefined) counters[cellOf('upstreamState', slot, indexOf('upstreamState', before))]! -= 1;
    if (state !== undefined) add(cellOf('upstreamState', slot, indexOf('upstreamState', state)));
    states[upstream] = state;
    if (state !== 'down' || before === 'down') return;
    add(cellOf('upstreamDowns', slot));
    if (!states.includes('up')) add(cellOf('upstreamNoneUp'));
  };
  return {
    added: (upstream, url) => {
      urls[upstream] = url;
      slotOfIndex[upstream] = slots.of('upstream', url);
      enter(upstream, 'up');
    },
    removed: (upstream) => {
      enter(upstream, undefined);
      counters[cellOf('upstreamRtt', slotOfIndex[upstream]!)] = 0;
    },
    answered: (upstream, rcode, ms, estimate) => {
      const slot = slotOfIndex[upstream]!;
      add(cellOf('upstreamQueries', slot));
      lasted(slot, rcode, ms);
      counters[cellOf('upstreamRtt', slot)] = estimate / 1000;
    },
    failed: (upstream, cause, ms) => {
      const slot = slotOfIndex[upstream]!;
      add(cellOf('upstreamQueries', slot));
      add(cellOf('upstreamFailures', slot, indexOf('cause', cause)));
      const rcode = replies[cause];
      if (rcode !== undefined) lasted(slot, rcode, ms);
    },
    asked: (upstream, kept) => add(cellOf('upstreamAsked', slotOfIndex[upstream]!, kept ? 0 : 1)),
    hedged: (upstream) => add(cellOf('upstreamHedged', slotOfIndex[upstream]!)),
    dropped: (upstream) => {
      add(cellOf('upstreamDropped', slotOfIndex[upstream]!));
      forgeries?.dropped(urls[upstream]!);
    },
    guessed: (upstream) => forgeries?.guessed(urls[upstream]!),
    changed: enter,
    rejected: () => add(cellOf('upstreamRejected')),
  };
}

/** The log in the form that upstreams use. */
export function upstreamLog(log: Log): UpstreamLog {
  return { info: (text, changed) => log.info(changed === undefined ? {} : { changed }, text), warn: (text) => log.warn({}, text) };
}
