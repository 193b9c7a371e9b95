/** Builds the table of policies from the rules of lists, in the order of the lists; the table in use stays untouched meanwhile. */
import type { Name } from '../../wire/name.ts';
import type { Writable } from '../../wire/query.ts';
import type { RRset } from '../../wire/records.ts';
import { prefixTable, type Prefix } from '../prefixes.ts';
import { Suffixes } from '../suffixes.ts';
import { Action } from './action.ts';
import { packRRsets } from './local-data.ts';
import { ANY, BELOW, EMPTY, entryEnd, entryHash, findEntry, type PolicyData, type PolicyList } from './policies.ts';
import { emptyTable, grown, ownPages, place } from './growing-table.ts';

/** A list's index takes one octet. */
const MOST_LISTS = 256;
/** Records in the local data of one rule: more would fit no answer, yet every answer would have to go through them. */
const MOST_RECORDS = 4096;
/** Highest load factor: a lookup of an absent name then probes six adjacent slots on average. */
const LOAD = 0.7;

/** Receives the rules of a list. */
export interface PolicySink {
  /** Adds a rule for the name itself or, with `below`, for the names below it. */
  addName(name: Name, below: boolean, action: Action, records?: RRset): void;
  addPrefix(prefix: Prefix, action: Action, records?: RRset): void;
  /** Records an invalid or unsupported line, with the reason. */
  skip(line: number, reason: string): void;
}

export interface SkippedLine {
  readonly list: string;
  readonly line: number;
  readonly reason: string;
}

/** Skipped lines of a list that are reported one by one. */
const TOLD = 5;

export class PolicyBuilder implements PolicySink {
  readonly #lists: Writable<PolicyList>[] = [];
  /** Local data of the rules; an entry holds its index. */
  readonly #local: RRset[][] = [];
  /** Number of records in each. */
  readonly #localRecords: number[] = [];
  readonly #prefixes = new Map<string, { prefix: Prefix; list: number; action: Action; local: number }>();
  readonly #suffixes = new Suffixes();
  #table = emptyTable(1024);
  #pool = Buffer.from(ownPages(65_536));
  #size = 0;
  #entries = 0;
  #depthsBelow = 0;
  /** The offset in the pool of the first entry of the list being read, and the `depthsBelow` of that list. */
  #listStart = 0;
  #listDepthsBelow = 0;
  #lastZone = -1;
  /** The first few skipped lines of each list. */
  readonly skipped: SkippedLine[] = [];

  /** Begins a list, to which the following calls add rules; zones come before other lists. Throws at the 257th. */
  beginList(name: string, isZone: boolean): void {
    this.#endList();
    if (this.#lists.length === MOST_LISTS) throw new Error(`${name}: there are more than ${MOST_LISTS} lists; join some of them`);
    if (isZone) this.#lastZone = this.#lists.length;
    this.#lists.push({ name, rules: 0, skipped: 0, forAddresses: false, isZone });
    this.#listStart = this.#size;
    this.#listDepthsBelow = 0;
  }

  addName(name: Name, below: boolean, action: Action, records?: RRset): void {
    const list = this.#lists.at(-1)!;
    const { hashes, count } = this.#suffixes.read(name);
    const hash = entryHash(hashes[0]!, below);
    // A zone keeps all its names, since they limit its wildcards; a blocklist's name that an earlier blocklist has would never be found.
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
    // Lines are read as single octets, which are those of UTF-8.
    if (list.skipped++ < TOLD) this.skipped.push({ list: list.name, line, reason: Buffer.from(reason, 'latin1').toString() });
  }

  /** Returns the table, in shared memory of exactly its size. */
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
      prefixRules: shareNumbers(
        Uint32Array.from(rules.flatMap(({ prefix, list, action, local }) => [list, action, Math.max(0, local), prefix.length])),
      ),
      local: shareOctets(Buffer.concat(packed)),
      localStarts: shareNumbers(Uint32Array.from(starts)),
    };
  }

  /** Adds the empty non-terminals of a zone that limit its wildcards; a zone without wildcards needs none. */
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
      // The topmost wildcard above this name: the empty non-terminals between the two are needed.
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

  /** Adds records to a local-data rule of the same list; those of a later list, of another action or beyond MOST_RECORDS are ignored. */
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
