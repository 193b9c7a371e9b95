/** Builds the table of policies from the rules of lists, in the order the lists are given. It is made beside what is being served. */
import type { Name } from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { prefixTable, type Prefix } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';
import { packRRsets } from './local-data.ts';
import { ANY, BELOW, EMPTY, entryEnd, entryHash, findEntry, type PolicyData, type PolicyList } from './policies.ts';
import { emptyTable, grown, ownPages, place } from './growing-table.ts';

/** A list's place takes one octet. */
const MOST_LISTS = 256;
/** Local data of one rule: more fits no answer, and would be gone through for each. */
const MOST_RECORDS = 4096;
/** Part of the slots that may be taken: a lookup of a strange name then looks at six on average, which lie side by side. */
const LOAD = 0.7;

/** Where the rules of a list go. */
export interface PolicySink {
  /** For the name itself, or, `below`, for names below it. */
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

/** Lines of a list that are told of one by one. */
const TOLD = 5;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class PolicyBuilder implements PolicySink {
  readonly #lists: Writable<PolicyList>[] = [];
  /** Local data; an entry holds its place here. */
  readonly #local: RRset[][] = [];
  /** Records of each. */
  readonly #localRecords: number[] = [];
  readonly #prefixes = new Map<string, { prefix: Prefix; list: number; action: Action; local: number }>();
  readonly #suffixes = new Suffixes();
  #table = emptyTable(1024);
  #pool = Buffer.from(ownPages(65_536));
  #size = 0;
  #entries = 0;
  #depthsBelow = 0;
  /** Of the list being read: where its entries begin in the pool, and what `depthsBelow` is for all. */
  #listStart = 0;
  #listDepthsBelow = 0;
  #lastZone = -1;
  /** The first few of each list. */
  readonly skipped: SkippedLine[] = [];

  /** What is added from now on belongs to this list; zones come before other lists. Throws RangeError at the 257th. */
  beginList(name: string, isZone: boolean): void {
    this.#endList();
    if (this.#lists.length === MOST_LISTS) throw new RangeError(`${name}: there are more than ${MOST_LISTS} lists; join some of them`);
    if (isZone) this.#lastZone = this.#lists.length;
    this.#lists.push({ name, rules: 0, skipped: 0, forAddresses: false, isZone });
    this.#listStart = this.#size;
    this.#listDepthsBelow = 0;
  }

  addName(name: Name, below: boolean, action: Action, records?: RRset): void {
    const list = this.#lists.at(-1)!;
    const { hashes, count } = this.#suffixes.read(name);
    const hash = entryHash(hashes[0]!, below);
    // A zone's names are all kept, since they keep its wildcards away; a name that an earlier list of names has would never be found.
    const entry = findEntry(this.#whole, name, 0, hash, below, list.isZone ? this.#lists.length - 1 : ANY, this.#lastZone);
    if (entry !== -1) {
      this.#merge(this.#pool[entry]!, this.#localOf(entry), records);
      return;
    }
    list.rules++;
    this.#add(name, hash, below, action, records === undefined ? -1 : this.#newLocal(records));
    if (below) this.#listDepthsBelow |= 1 << Math.min(31, count - 1);
  }

  addPrefix(prefix: Prefix, action: Action, records?: RRset): void {
    const key = `${prefix.address.join('.')}/${prefix.length}`;
    const known = this.#prefixes.get(key);
    if (known !== undefined) {
      this.#merge(known.list, known.local, records);
      return;
    }
    const list = this.#lists.at(-1)!;
    list.rules++;
    list.forAddresses = true;
    this.#prefixes.set(key, { prefix, list: this.#lists.length - 1, action, local: records === undefined ? -1 : this.#newLocal(records) });
  }

  skip(line: number, reason: string): void {
    const list = this.#lists.at(-1)!;
    if (list.skipped++ < TOLD) this.skipped.push({ list: list.name, line, reason });
  }

  /** The table, in shared memory of just its size. */
  finish(): PolicyData {
    this.#endList();
    this.#table = grown(this.#table, Math.max(1, Math.ceil(this.#entries / LOAD)));
    const packed = this.#local.map(packRRsets);
    const starts: number[] = [];
    let at = 0;
    for (const { length } of packed) {
      starts.push(at);
      at += length;
    }
    const rules = [...this.#prefixes.values()];
    return {
      lists: this.#lists.map((list): PolicyList => Object.freeze({ ...list })),
      tags: shareOctets(this.#table.tags),
      slots: shareNumbers(this.#table.slots),
      pool: shareOctets(this.#pool.subarray(0, this.#size)),
      depthsBelow: this.#depthsBelow,
      prefixes: prefixTable(rules.map(({ prefix }, index): [Prefix, number] => [prefix, index])),
      prefixRules: shareNumbers(Uint32Array.from(rules.flatMap(({ list, action, local }) => [list, action, Math.max(0, local)]))),
      local: shareOctets(Buffer.concat(packed)),
      localStarts: shareNumbers(Uint32Array.from(starts)),
    };
  }

  /**
   * Enters the names that a zone has only because it has names below them, where a wildcard further up would else be for them. The names of a
   * zone without wildcards need none of this.
   */
  #endList(): void {
    const depths = this.#listDepthsBelow;
    const list = this.#lists.length - 1;
    this.#depthsBelow |= depths;
    if (depths === 0 || !this.#lists[list]!.isZone) return;
    const end = this.#size;
    for (let entry = this.#listStart, next: number; entry < end; entry = next) {
      const behind = entryEnd(this.#pool, entry);
      next = behind + (this.#localOf(entry) === -1 ? 0 : 4);
      const name = this.#pool.toString('latin1', entry + 2, behind) as Name;
      const { hashes, offsets, count } = this.#suffixes.read(name);
      const has = (index: number, below: boolean): boolean =>
        findEntry(this.#whole, name, offsets[index]!, entryHash(hashes[index]!, below), below, list) !== -1;
      // The shortest name that a wildcard is for: those from below it down to this one need to be known.
      let top = count - 1;
      while (top > 0 && !(((depths >>> Math.min(31, count - 1 - top)) & 1) === 1 && has(top, true))) top--;
      const isWildcard = (this.#pool[entry + 1]! & BELOW) !== 0;
      for (let index = isWildcard ? 0 : 1; index < top; index++) {
        if (!has(index, false)) this.#add(name.slice(offsets[index]) as Name, entryHash(hashes[index]!, false), false, EMPTY, -1);
      }
    }
  }

  get #whole(): { tags: Uint8Array; slots: Uint32Array; pool: Uint8Array } {
    return { tags: this.#table.tags, slots: this.#table.slots, pool: this.#pool };
  }

  /** More records of the same rule in the same list join it; a later list, or another action, comes too late, and so does what no answer holds. */
  #merge(list: number, local: number, records: RRset | undefined): void {
    if (records === undefined || local === -1 || list !== this.#lists.length - 1) return;
    if (this.#localRecords[local] === MOST_RECORDS) return;
    this.#localRecords[local]!++;
    const rrsets = this.#local[local]!;
    const index = rrsets.findIndex((rrset) => rrset.type === records.type);
    if (index === -1) rrsets.push(records);
    else rrsets[index] = { ...rrsets[index]!, rdata: [...rrsets[index]!.rdata, ...records.rdata] };
  }

  #newLocal(records: RRset): number {
    this.#localRecords.push(1);
    return this.#local.push([records]) - 1;
  }

  #localOf(entry: number): number {
    if ((this.#pool[entry + 1]! & ~BELOW) !== Action.local) return -1;
    return this.#pool.readUInt32LE(entryEnd(this.#pool, entry));
  }

  #add(name: Name, hash: number, below: boolean, action: number, local: number): void {
    if (this.#entries + 1 > this.#table.slots.length * LOAD) this.#table = grown(this.#table, this.#table.slots.length * 2);
    if (this.#size + name.length + 6 > this.#pool.length) this.#pool = doubled(this.#pool);
    place(this.#table, hash, this.#size);
    this.#entries++;
    const pool = this.#pool;
    pool[this.#size++] = this.#lists.length - 1;
    pool[this.#size++] = action | (below ? BELOW : 0);
    this.#size += pool.write(name, this.#size, 'latin1');
    if (action === Action.local) this.#size = pool.writeUInt32LE(local, this.#size);
  }
}

function doubled(pool: Buffer): Buffer<ArrayBuffer> {
  const larger = Buffer.from(ownPages(pool.length * 2));
  larger.set(pool);
  return larger;
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
