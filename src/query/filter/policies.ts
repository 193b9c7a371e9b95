/**
 * A hash table of millions of policies in memory shared by threads, and the lookup in it.
 *
 *     name ──hash──► slot ─► tags[slot]   1 octet of the hash, 0: empty; rules out most absent names without touching the pool
 *                            slots[slot]  4 octets: offset of the entry in the pool
 *     pool                   … [list][action, bit 7: for names below][name in wire form, ends with 0][4 octets: local data, if any] …
 *
 * The names themselves are kept, so there are no false matches. An entry costs the wire length of its name plus two octets, and seven for its slot.
 */
import { mix } from '../hashes.ts';
import { Type } from '../../wire/iana.ts';
import { NOWHERE } from '../../wire/known-names.ts';
import { readName, type Name } from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { AbsentNames } from '../../zone/absent-names.ts';
import { matchPrefixes, type PrefixTable } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';
import { readRRsets } from './local-data.ts';

export interface PolicyList {
  /** Path of the file. */
  readonly name: string;
  /** Number of its names and prefixes, without the prefixes of earlier lists and, in a blocklist, without the names of earlier blocklists. */
  readonly rules: number;
  /** Number of invalid or unsupported lines. */
  readonly skipped: number;
  /** Whether any of its rules is for addresses in answers. */
  readonly forAddresses: boolean;
  /** In a response policy zone a wildcard's parent must be a name's closest encloser (RFC 4592 section 3.3.1); else it matches all names below. */
  readonly isZone: boolean;
}

/** Mostly typed arrays over shared memory: posting it to a thread copies almost nothing. */
export interface PolicyData {
  readonly lists: readonly PolicyList[];
  readonly tags: Uint8Array;
  readonly slots: Uint32Array;
  readonly pool: Uint8Array;
  /** Bit n: there are policies for the names below some name of n labels; bit 31: of 31 or more. */
  readonly depthsBelow: number;
  readonly prefixes: PrefixTable;
  /** Four numbers for each prefix: list, action, index of the local data in `localStarts`, and length in bits. */
  readonly prefixRules: Uint32Array;
  /** The packed local data (local-data.ts), each at one of `localStarts`. */
  readonly local: Uint8Array;
  readonly localStarts: Uint32Array;
}

/** The policy found, and the index of its list. */
export interface Policy {
  readonly list: number;
  readonly action: Action;
  /** The policy's own records; empty unless the action is local. */
  readonly records: readonly RRset[];
}

/** A policy on an address, and the length of the prefix that it is on, bits. */
export interface AddressPolicy {
  readonly policy: Policy;
  readonly length: number;
}

export const BELOW = 0x80;
/** Stands where an action would: an empty non-terminal (RFC 9499) of a policy zone, which has no rule but limits wildcards above it. */
export const EMPTY = 0x7f;
/** Mixed into the hash of the entry for the names below, so that it differs from that of the name's own entry. */
const BELOW_HASH = 0x5bd1e995;

/** Returns an entry's hash in the table; `hash` is that of its name in `Suffixes`. */
export function entryHash(hash: number, below: boolean): number {
  return mix(below ? hash ^ BELOW_HASH : hash);
}

/** Returns 1 to 255. */
export function tagOf(hash: number): number {
  return hash & 0xff || 1;
}

export function slotOf(hash: number, slots: number): number {
  return Math.floor((hash * slots) / 2 ** 32);
}

/**
 * Returns the offset in the pool of the entry for the suffix of `name` at `offset`, or -1: the one of `list` or, for ANY, of the first list after
 * `after`. A name has an entry for each zone that it is in; they are in the same run of slots.
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

/** Given instead of a list's number: the first list that has an entry. */
export const ANY = -1;

export type PolicyTable = Pick<PolicyData, 'tags' | 'slots' | 'pool'>;

function isEntryOf(pool: Uint8Array, at: number, name: Name, offset: number, below: boolean): boolean {
  if ((pool[at + 1]! & BELOW) !== (below ? BELOW : 0)) return false;
  at += 2 - offset;
  for (let i = offset; i < name.length; i++) if (pool[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** Looks up policies; each thread has its own, for the buffers that lookups write to. */
export class Policies {
  readonly data: PolicyData;
  /** Index of the first list with rules for addresses; Infinity if none has. */
  readonly firstForAddresses: number;
  readonly #suffixes = new Suffixes();
  readonly #found = new Int32Array(129);
  /** The policies without records, each created once. */
  readonly #plains: Policy[] = [];
  /** Most queries are for names that have been queried before and that no policy is for. */
  readonly #unlisted = new AbsentNames();

  constructor(data: PolicyData) {
    this.data = data;
    const first = data.lists.findIndex((list) => list.forAddresses);
    this.firstForAddresses = first === -1 ? Infinity : first;
  }

  /** Returns the policy for a name from the first list that has one: the name's own, else that of the longest matching wildcard. `place`: Query.place. */
  forName(name: Name, place: number = NOWHERE): Policy | undefined {
    if (this.#unlisted.has(name, place)) return undefined;
    const policy = this.#find(name);
    if (policy === undefined) this.#unlisted.add(name, place);
    return policy;
  }

  #find(name: Name): Policy | undefined {
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

  /** Whether the zone `list` has the name last read, or a name or wildcard between it and its suffix `index`. */
  #hasNearer(name: Name, index: number, list: number): boolean {
    if (!this.data.lists[list]!.isZone) return false;
    const { hashes, offsets } = this.#suffixes;
    for (let i = 0; i < index; i++) {
      if (findEntry(this.data, name, offsets[i]!, entryHash(hashes[i]!, false), false, list) !== -1) return true;
      if (i > 0 && findEntry(this.data, name, offsets[i]!, entryHash(hashes[i]!, true), true, list) !== -1) return true;
    }
    return false;
  }

  /** Returns the policy for an address in an answer: that of the longest matching prefix of the first list that has one. */
  forAddress(address: Uint8Array): AddressPolicy | undefined {
    const { prefixes, prefixRules } = this.data;
    const count = matchPrefixes(prefixes, address, this.#found);
    let best = -1;
    for (let i = 0; i < count; i++) {
      const rule = this.#found[i]! * 4;
      if (best === -1 || prefixRules[rule]! <= prefixRules[best]!) best = rule;
    }
    if (best === -1) return undefined;
    const action = prefixRules[best + 1]! as Action;
    const list = prefixRules[best]!;
    const policy = action === Action.local ? this.#local(list, prefixRules[best + 2]!) : this.#plain(list, action);
    return { policy, length: prefixRules[best + 3]! };
  }

  #policyAt(entry: number, name: Name): Policy {
    const { pool } = this.data;
    const action = (pool[entry + 1]! & ~BELOW) as Action;
    if (action !== Action.local) return this.#plain(pool[entry]!, action);
    const end = entryEnd(pool, entry);
    const local = this.#local(pool[entry]!, pool[end]! | (pool[end + 1]! << 8) | (pool[end + 2]! << 16) | (pool[end + 3]! << 24));
    // The target of a wildcard's CNAME may match the wildcard: `*.tube.example CNAME safe.tube.example.` As in BIND, the target is let through.
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

/** Whether `rdata` is `name`, ignoring case. */
function isName(rdata: Uint8Array, name: Name): boolean {
  return rdata.length === name.length && readName(rdata, 0)?.name === name;
}

/** Returns the offset after the name of an entry. */
export function entryEnd(pool: Uint8Array, entry: number): number {
  let at = entry + 2;
  while (pool[at] !== 0) at += 1 + pool[at]!;
  return at + 1;
}
