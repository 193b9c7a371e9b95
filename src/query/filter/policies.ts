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
import { Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { matchPrefixes, type PrefixTable } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';
import { readRRsets } from './local-data.ts';

export interface PolicyList {
  /** The file's path. */
  readonly name: string;
  /** Names and prefixes it holds, those of an earlier list left out. */
  readonly rules: number;
  /** Lines that are no rule that we know. */
  readonly skipped: number;
  /** Whether any of its rules is for addresses in answers. */
  readonly forAddresses: boolean;
  /** A response policy zone: a wildcard is for names that the zone has no nearer name to (RFC 4592 section 3.3.1). Else it is for every name below. */
  readonly isZone: boolean;
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
/** In the place of an action: no rule, but a name that a zone has because of names below it, which keeps wildcards above from it. */
export const EMPTY = 0x7f;
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

/**
 * Where the entry of the suffix of `name` at `offset` lies in the pool, or -1: the one of `list`, or the one of the first list behind `after`.
 * A name has an entry for each zone it is in; they lie in the same run of slots.
 */
export function findEntry(table: PolicyTable, name: Name, offset: number, hash: number, below: boolean, list: number, after = -1): number {
  const { tags, slots, pool } = table;
  const tag = tagOf(hash);
  let best = -1;
  for (let slot = slotOf(hash, slots.length); ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
    const found = tags[slot]!;
    if (found === 0) return best;
    if (found !== tag || !isEntryOf(pool, slots[slot]!, name, offset, below)) continue;
    const entry = slots[slot]!;
    if (list === pool[entry]) return entry;
    if (list === ANY && pool[entry]! > after && (best === -1 || pool[entry]! < pool[best]!)) best = entry;
  }
}

/** In the place of a list. */
export const ANY = -1;

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
    const { pool } = data;
    const own = entryHash(hashes[0]!, false);
    let best = findEntry(data, name, 0, own, false, ANY);
    while (best !== -1 && pool[best + 1] === EMPTY) best = findEntry(data, name, 0, own, false, ANY, pool[best]);
    if (data.depthsBelow === 0) return best === -1 ? undefined : this.#policyAt(best, name);
    for (let i = 1; i < count; i++) {
      if (((data.depthsBelow >>> Math.min(31, count - 1 - i)) & 1) === 0) continue;
      const hash = entryHash(hashes[i]!, true);
      let entry = findEntry(data, name, offsets[i]!, hash, true, ANY);
      while (entry !== -1 && (best === -1 || pool[entry]! < pool[best]!)) {
        if (!this.#hasNearer(name, i, pool[entry]!)) best = entry;
        entry = findEntry(data, name, offsets[i]!, hash, true, ANY, pool[entry]);
      }
    }
    return best === -1 ? undefined : this.#policyAt(best, name);
  }

  /** Whether the zone `list` has the name read last, or one between it and its suffix `index`. */
  #hasNearer(name: Name, index: number, list: number): boolean {
    if (!this.data.lists[list]!.isZone) return false;
    const { hashes, offsets } = this.#suffixes;
    for (let i = 0; i < index; i++) {
      if (findEntry(this.data, name, offsets[i]!, entryHash(hashes[i]!, false), false, list) !== -1) return true;
      if (i > 0 && findEntry(this.data, name, offsets[i]!, entryHash(hashes[i]!, true), true, list) !== -1) return true;
    }
    return false;
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

  #policyAt(entry: number, name: Name): Policy {
    const { pool } = this.data;
    const action = (pool[entry + 1]! & ~BELOW) as Action;
    if (action !== Action.local) return this.#plain(pool[entry]!, action);
    const end = entryEnd(pool, entry);
    const local = this.#local(pool[entry]!, pool[end]! | (pool[end + 1]! << 8) | (pool[end + 2]! << 16) | (pool[end + 3]! << 24));
    // A wildcard may lead to a name it is for: `*.tube.example CNAME safe.tube.example.` As BIND, the name led to is let through.
    return local.records.some((rrset) => rrset.type === Type.CNAME && isName(rrset.rdata[0]!, name))
      ? this.#plain(local.list, Action.passthru)
      : local;
  }

  #plain(list: number, action: Action): Policy {
    return (this.#plains[list * 8 + action] ??= { list, action, records: [] });
  }

  #local(list: number, index: number): Policy {
    return { list, action: Action.local, records: readRRsets(this.data.local, this.data.localStarts[index]!) };
  }
}

/** Whether `rdata` is `name`, in any case of letters. */
function isName(rdata: Uint8Array, name: Name): boolean {
  return rdata.length === name.length && readName(rdata, 0)?.name === name;
}

/** Behind the name of an entry. */
export function entryEnd(pool: Uint8Array, entry: number): number {
  let at = entry + 2;
  while (pool[at] !== 0) at += 1 + pool[at]!;
  return at + 1;
}
