/** The entries of the cache as a person sees them. */
import type { Name } from '../../wire/name.ts';
import { Kind, kindNames, type CacheEntry } from './options.ts';
import type { Store } from './store.ts';

/** Returns the entries of a name. `serveStale`: how long an expired entry may be served, seconds. */
export function entriesOf(store: Store, name: Name, now: number, serveStale: number): readonly CacheEntry[] {
  const { memory } = store;
  const entries: CacheEntry[] = [];
  for (const at of store.positions()) if (memory.name(at) === name) entries.push(entryAt(store, at, now, serveStale));
  return entries;
}

function entryAt({ memory }: Store, at: number, now: number, serveStale: number): CacheEntry {
  const key = memory.key(at);
  const left = memory.expires(at) - now;
  const kind = memory.kind(at);
  const stale = kind !== Kind.failure && left > -serveStale * 1000;
  return {
    name: memory.name(at),
    type: key >> 2,
    dnssecOk: (key & 2) !== 0,
    checkingDisabled: (key & 1) !== 0,
    kind: kindNames[kind]!,
    rcode: memory.rcode(at),
    ttl: Math.floor(left / 1000),
    state: left > 0 ? 'fresh' : stale ? 'stale' : 'expired',
    hits: memory.hits(at),
    bytes: memory.size(at) * 8,
  };
}
