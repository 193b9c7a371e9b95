/**
 * Millions of policies in memory that threads share, and the lookup in them.
 *
 *     name ──hash──► slot ─► tags[slot]   1 octet of the hash, 0: empty; tells most strangers apart without touching the pool
 *                            slots[slot]  4 octets: where the entry lies in the pool
 *     pool                   … [list][action, bit 7: for names below][name in wire form, ends with 0][4 octets: local data, if any] …
 *
 * The names themselves are kept, so a match is a match. A name costs its length, three octets, and seven for its slot.
 */
import { mix } from '../hashes.ts';
import type { Name } from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { matchPrefixes, type PrefixTable } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';

export interface PolicyList {
  /** The file's path. */
  readonly name: string;
  /** Names and prefixes it holds, those of an earlier list left out. */
  readonly rules: number;
  /** Lines that are no rule that we know. */
  readonly skipped: number;
  /** Whether any of its rules is for addresses in answers. */
  readonly forAddresses: boolean;
}

/** Typed arrays over shared memory, and little else: posted to a thread, nothing of size is copied. */
export interface PolicyData {
  readonly lists: readonly PolicyList[];
  readonly tags: Uint8Array;
  readonly slots: Uint32Array;
  readonly pool: Uint8Array;
  /** Bit n: there are policies for the names below one of n labels, bit 31: of 31 or more. */
  readonly depthsBelow: number;
  readonly prefixes: PrefixTable;
  /** Of each prefix: list, action, local data. */
  readonly prefixRules: Uint32Array;
  /** Records of the local data, each entry at one of `localStarts`. */
  readonly local: Uint8Array;
  readonly localStarts: Uint32Array;
}

/** What was found, and its list's place in the order given. */
export interface Policy {
  readonly list: number;
  readonly action: Action;
  /** Records of its own; empty unless the action is local. */
  readonly records: readonly RRset[];
}

export const BELOW = 0x80;
/** Tells a name's own entry from the one for names below it. */
const BELOW_HASH = 0x5bd1e995;

/** The table's hash of an entry; `hash` is its name's in `Suffixes`. */
export function entryHash(hash: number, below: boolean): number {
  return mix(below ? hash ^ BELOW_HASH : hash);
}

/** 1..255. */
export function tagOf(hash: number): number {
  return hash & 0xff || 1;
}

export function slotOf(hash: number, slots: number): number {
  return Math.floor((hash * slots) / 2 ** 32);
}

/** Where the entry of the suffix of `name` at `offset` lies in the pool, or -1. */
export function findEntry({ tags, slots, pool }: PolicyTable, name: Name, offset: number, hash: number, below: boolean): number {
  const tag = tagOf(hash);
  for (let slot = slotOf(hash, slots.length); ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
    const found = tags[slot]!;
    if (found === 0) return -1;
    if (found === tag && isEntryOf(pool, slots[slot]!, name, offset, below)) return slots[slot]!;
  }
}

export type PolicyTable = Pick<PolicyData, 'tags' | 'slots' | 'pool'>;

function isEntryOf(pool: Uint8Array, at: number, name: Name, offset: number, below: boolean): boolean {
  if ((pool[at + 1]! & BELOW) !== (below ? BELOW : 0)) return false;
  at += 2 - offset;
  for (let i = offset; i < name.length; i++) if (pool[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** Holds what lookups write to. One for each thread. */
export class Policies {
  readonly data: PolicyData;
  /** The first list with rules for addresses; Infinity: none. */
  readonly firstForAddresses: number;
  readonly #suffixes = new Suffixes();
  readonly #found = new Int32Array(129);
  /** Those without records, made once. */
  readonly #plains: Policy[] = [];

  constructor(data: PolicyData) {
    this.data = data;
    const first = data.lists.findIndex((list) => list.forAddresses);
    this.firstForAddresses = first === -1 ? Infinity : first;
  }

  /** The policy for a name: of the first list that has one, its own before one for all names below, the longest of those. */
  forName(name: Name): Policy | undefined {
    const { data } = this;
    if (data.pool.length === 0) return undefined;
    const { hashes, offsets, count } = this.#suffixes.read(name);
    let best = findEntry(data, name, 0, entryHash(hashes[0]!, false), false);
    // Nothing comes before a name's own policy in the first list.
    if (data.depthsBelow !== 0 && (best === -1 || data.pool[best] !== 0)) {
      for (let i = 1; i < count; i++) {
        if (((data.depthsBelow >>> Math.min(31, count - 1 - i)) & 1) === 0) continue;
        const entry = findEntry(data, name, offsets[i]!, entryHash(hashes[i]!, true), true);
        if (entry !== -1 && (best === -1 || data.pool[entry]! < data.pool[best]!)) best = entry;
      }
    }
    return best === -1 ? undefined : this.#policyAt(best);
  }

  /** The policy for an address in an answer: of the first list that has one, the longest prefix. */
  forAddress(address: Uint8Array): Policy | undefined {
    const { prefixes, prefixRules } = this.data;
    const count = matchPrefixes(prefixes, address, this.#found);
    let best = -1;
    for (let i = 0; i < count; i++) {
      const rule = this.#found[i]! * 3;
      if (best === -1 || prefixRules[rule]! <= prefixRules[best]!) best = rule;
    }
    if (best === -1) return undefined;
    const action = prefixRules[best + 1]! as Action;
    return action === Action.local ? this.#local(prefixRules[best]!, prefixRules[best + 2]!) : this.#plain(prefixRules[best]!, action);
  }

  #policyAt(entry: number): Policy {
    const { pool } = this.data;
    const action = (pool[entry + 1]! & ~BELOW) as Action;
    if (action !== Action.local) return this.#plain(pool[entry]!, action);
    const end = entryEnd(pool, entry);
    return this.#local(pool[entry]!, pool[end]! | (pool[end + 1]! << 8) | (pool[end + 2]! << 16) | (pool[end + 3]! << 24));
  }

  #plain(list: number, action: Action): Policy {
    return (this.#plains[list * 8 + action] ??= { list, action, records: [] });
  }

  #local(list: number, index: number): Policy {
    return { list, action: Action.local, records: readRRsets(this.data.local, this.data.localStarts[index]!) };
  }
}

/** Behind the name of an entry. */
export function entryEnd(pool: Uint8Array, entry: number): number {
  let at = entry + 2;
  while (pool[at] !== 0) at += 1 + pool[at]!;
  return at + 1;
}

/** Each: type, TTL, records; each record: length, rdata. Numbers of 4 octets, little-endian. */
export function packRRsets(rrsets: readonly RRset[]): Uint8Array {
  const number = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
  const parts = rrsets.flatMap((rrset) => [
    ...[rrset.type, rrset.ttl, rrset.rdata.length].map(number),
    ...rrset.rdata.flatMap((rdata) => [number(rdata.length), rdata]),
  ]);
  return Buffer.concat([number(rrsets.length), ...parts]);
}

function readRRsets(packed: Uint8Array, at: number): RRset[] {
  const number = (): number => (packed[at++]! | (packed[at++]! << 8) | (packed[at++]! << 16) | (packed[at++]! << 24)) >>> 0;
  return Array.from({ length: number() }, () => {
    const [type, ttl, count] = [number(), number(), number()];
    const rdata = Array.from({ length: count }, () => {
      const size = number();
      at += size;
      return packed.slice(at - size, at);
    });
    return { type, ttl, rdata };
  });
}
