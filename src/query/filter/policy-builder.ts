/** Builds the table of policies from the rules of lists, in the order the lists are given. It is made beside what is being served. */
import type { Name } from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { prefixTable, type Prefix } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';
import { BELOW, entryEnd, entryHash, findEntry, packRRsets, slotOf, tagOf, type PolicyData, type PolicyList } from './policies.ts';

/** A list's place takes one octet. */
const MOST_LISTS = 256;
/** Part of the slots that may be taken: a lookup of a strange name then looks at six on average, which lie side by side. */
const LOAD = 0.7;

/** Where the rules of a list go. */
export interface PolicySink {
  /** For the name itself, or, `below`, for every name below it. */
  addName(name: Name, below: boolean, action: Action, records?: RRset): void;
  addPrefix(prefix: Prefix, action: Action, records?: RRset): void;
  /** A line that is no rule we know; `reason` says what it is. */
  skip(line: number, reason: string): void;
}

export interface SkippedLine {
  readonly list: string;
  readonly line: number;
  readonly reason: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Lines of a list that are told of one by one. */
const TOLD = 5;

export class PolicyBuilder implements PolicySink {
  readonly #lists: Writable<PolicyList>[] = [];
  /** Local data, and where an entry says its own is. */
  readonly #local: RRset[][] = [];
  readonly #prefixes = new Map<string, { prefix: Prefix; list: number; action: Action; local: number }>();
  readonly #suffixes = new Suffixes();
  #table = emptyTable(1024);
  #pool = new Uint8Array(65536);
  #size = 0;
  #entries = 0;
  #depthsBelow = 0;
  /** The first few of each list. */
  readonly skipped: SkippedLine[] = [];

  /** What is added from now on belongs to this list. Throws RangeError at the 257th. */
  beginList(name: string): void {
    if (this.#lists.length === MOST_LISTS) throw new RangeError(`${name}: there are more than ${MOST_LISTS} lists; join some of them`);
    this.#lists.push({ name, rules: 0, skipped: 0, forAddresses: false });
  }

  addName(name: Name, below: boolean, action: Action, records?: RRset): void {
    const { hashes, count } = this.#suffixes.read(name);
    const hash = entryHash(hashes[0]!, below);
    const { tags, slots } = this.#table;
    const entry = findEntry({ tags, slots, pool: this.#pool }, name, 0, hash, below);
    if (entry !== -1) {
      this.#merge(this.#pool[entry]!, this.#localOf(entry), records);
      return;
    }
    this.#list.rules++;
    const local = records === undefined ? -1 : this.#newLocal(records);
    if (this.#entries + 1 > slots.length * LOAD) this.#resize(slots.length * 2);
    place(this.#table, hash, this.#append(name, below, action, local));
    this.#entries++;
    if (below) this.#depthsBelow |= 1 << Math.min(31, count - 1);
  }

  addPrefix(prefix: Prefix, action: Action, records?: RRset): void {
    const key = `${prefix.address.join('.')}/${prefix.length}`;
    const known = this.#prefixes.get(key);
    if (known !== undefined) {
      this.#merge(known.list, known.local, records);
      return;
    }
    const list = this.#list;
    list.rules++;
    list.forAddresses = true;
    this.#prefixes.set(key, { prefix, list: this.#lists.length - 1, action, local: records === undefined ? -1 : this.#newLocal(records) });
  }

  skip(line: number, reason: string): void {
    const list = this.#list;
    if (list.skipped++ < TOLD) this.skipped.push({ list: list.name, line, reason });
  }

  /** The table, in shared memory of just its size. */
  finish(): PolicyData {
    this.#resize(Math.max(1, Math.ceil(this.#entries / LOAD)));
    const packed = this.#local.map(packRRsets);
    const starts: number[] = [];
    let at = 0;
    for (const { length } of packed) {
      starts.push(at);
      at += length;
    }
    const rules = [...this.#prefixes.values()];
    const { children, values } = prefixTable(rules.map(({ prefix }, index): [Prefix, number] => [prefix, index]));
    return {
      lists: this.#lists.map((list): PolicyList => Object.freeze({ ...list })),
      tags: shareOctets(this.#table.tags),
      slots: shareNumbers(this.#table.slots),
      pool: shareOctets(this.#pool.subarray(0, this.#size)),
      depthsBelow: this.#depthsBelow,
      prefixes: { children, values },
      prefixRules: shareNumbers(Uint32Array.from(rules.flatMap(({ list, action, local }) => [list, action, Math.max(0, local)]))),
      local: shareOctets(Buffer.concat(packed)),
      localStarts: shareNumbers(Uint32Array.from(starts)),
    };
  }

  get #list(): Writable<PolicyList> {
    return this.#lists.at(-1)!;
  }

  /** More records of the same rule in the same list join it; a later list, or another action, comes too late. */
  #merge(list: number, local: number, records: RRset | undefined): void {
    if (records === undefined || local === -1 || list !== this.#lists.length - 1) return;
    const rrsets = this.#local[local]!;
    const index = rrsets.findIndex((rrset) => rrset.type === records.type);
    if (index === -1) rrsets.push(records);
    else rrsets[index] = { ...rrsets[index]!, rdata: [...rrsets[index]!.rdata, ...records.rdata] };
  }

  #newLocal(records: RRset): number {
    return this.#local.push([records]) - 1;
  }

  #localOf(entry: number): number {
    const pool = this.#pool;
    if ((pool[entry + 1]! & ~BELOW) !== Action.local) return -1;
    const end = entryEnd(pool, entry);
    return pool[end]! | (pool[end + 1]! << 8) | (pool[end + 2]! << 16) | (pool[end + 3]! << 24);
  }

  #append(name: Name, below: boolean, action: Action, local: number): number {
    if (this.#size + name.length + 6 > this.#pool.length) {
      const larger = new Uint8Array(this.#pool.length * 2);
      larger.set(this.#pool);
      this.#pool = larger;
    }
    const pool = this.#pool;
    const start = this.#size;
    let at = start;
    pool[at++] = this.#lists.length - 1;
    pool[at++] = action | (below ? BELOW : 0);
    for (let i = 0; i < name.length; i++) pool[at++] = name.charCodeAt(i);
    if (action === Action.local) for (let shift = 0; shift < 32; shift += 8) pool[at++] = local >>> shift;
    this.#size = at;
    return start;
  }

  #resize(size: number): void {
    const { tags, slots, hashes } = this.#table;
    this.#table = emptyTable(size);
    for (let slot = 0; slot < slots.length; slot++) if (tags[slot] !== 0) place(this.#table, hashes[slot]!, slots[slot]!);
  }
}

/** What lookups need, and the whole hash of each slot, so that the table can grow. */
interface GrowingTable {
  readonly tags: Uint8Array;
  readonly slots: Uint32Array;
  readonly hashes: Uint32Array;
}

function emptyTable(size: number): GrowingTable {
  return { tags: new Uint8Array(size), slots: new Uint32Array(size), hashes: new Uint32Array(size) };
}

function place({ tags, slots, hashes }: GrowingTable, hash: number, entry: number): void {
  let slot = slotOf(hash, slots.length);
  while (tags[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1;
  tags[slot] = tagOf(hash);
  slots[slot] = entry;
  hashes[slot] = hash;
}

function shareOctets(octets: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(octets.length));
  shared.set(octets);
  return shared;
}

function shareNumbers(numbers: Uint32Array): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(numbers.byteLength));
  shared.set(numbers);
  return shared;
}
