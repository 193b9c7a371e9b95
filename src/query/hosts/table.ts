/** The records of hosts files, by name. Answers are made at the first query: a blocklist in this form has 100,000 lines, most never queried. */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { firstLabel, nameToWire, parentOf, ROOT, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { BodyWriter } from '../../wire/records.ts';
import { reverseName } from '../../wire/reverse-name.ts';
import type { Work } from '../in-slices.ts';
import type { HostsEntry } from './parse.ts';

/** Seconds. The files may change, and clients do not learn of it. */
const TTL = 60;
/** Entries taken up as one part of the work. */
const PART = 64;

export class HostsTable {
  readonly #addresses = new Map<Name, Uint8Array[]>();
  /** Canonical names by the reverse name of their address. */
  readonly #names = new Map<Name, Name[]>();
  readonly #answers = new Map<Name, Map<number, Answer>>();
  #hasWildcards = false;

  /** The records that several files have for a name are combined. */
  static *of(files: Iterable<readonly HostsEntry[]>): Work<HostsTable> {
    const table = new HostsTable();
    const reverseNames = new Map<string, Name>();
    for (const entries of files) {
      for (let index = 0; index < entries.length; index++) {
        table.#take(entries[index]!, reverseNames);
        if (index % PART === 0) yield;
      }
    }
    return table;
  }

  #take({ address, names }: HostsEntry, reverseNames: Map<string, Name>): void {
    for (const name of names) {
      add(this.#addresses, name, address);
      this.#hasWildcards ||= isWildcard(name);
    }
    const key = keyOf(address);
    let reverse = reverseNames.get(key);
    if (reverse === undefined) reverseNames.set(key, (reverse = reverseName(address)));
    // Only the canonical name: an alias is not the name of the address.
    const canonical = canonicalOf(names);
    if (canonical !== undefined) add(this.#names, reverse, canonical);
  }

  /** Undefined when no file has the name. */
  answer({ name, type }: Query): Answer | undefined {
    const owner = this.#ownerOf(name);
    if (owner === undefined) return undefined;
    const ofOwner = this.#answers.get(owner) ?? new Map<number, Answer>();
    this.#answers.set(owner, ofOwner);
    let answer = ofOwner.get(type);
    // A wildcard's is right for every name: the records' owner is a pointer to the question.
    if (answer === undefined && MADE.has(type)) ofOwner.set(type, (answer = this.#make(owner, type)));
    return answer ?? NO_DATA;
  }

  /** Returns the name itself, or the wildcard that stands for it: for one label, as in CoreDNS. */
  #ownerOf(name: Name): Name | undefined {
    if (this.#addresses.has(name) || this.#names.has(name)) return name;
    if (!this.#hasWildcards || name === ROOT) return undefined;
    const wildcard = `\x01*${parentOf(name)}` as Name;
    return this.#addresses.has(wildcard) ? wildcard : undefined;
  }

  #make(name: Name, type: number): Answer {
    const length = type === Type.A ? 4 : 16;
    const rdata =
      type === Type.PTR
        ? (this.#names.get(name) ?? []).values().map(nameToWire)
        : (this.#addresses.get(name) ?? []).values().filter((address) => address.length === length);
    const body = new BodyWriter(name).addRRset('answers', name, { type, ttl: TTL, rdata: eachOnce(rdata) });
    const answer = body.answer(Rcode.NOERROR, true, Source.hosts);
    return answer.answers === 0 ? NO_DATA : answer;
  }
}

/** Returns the name of a line's address, if there is one. */
export function canonicalOf(names: readonly Name[]): Name | undefined {
  return names.find((name) => !isWildcard(name));
}

const isWildcard = (name: Name): boolean => firstLabel(name) === '*';

/** Types of the records that a hosts file yields. */
const MADE: ReadonlySet<number> = new Set([Type.A, Type.AAAA, Type.PTR]);

/** Without an SOA: there is no zone to take one from, and clients should ask again. */
const NO_DATA = { ...emptyAnswer(Rcode.NOERROR, Source.hosts), authoritative: true };

function add<Value>(map: Map<Name, Value[]>, name: Name, value: Value): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}

/** Yields distinct values, and only as many as are read: in a blocklist one address has all the names. */
function* eachOnce(values: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const seen = new Set<string>();
  for (const value of values) {
    const key = keyOf(value);
    if (seen.has(key)) continue;
    seen.add(key);
    yield value;
  }
}

function keyOf(rdata: Uint8Array): string {
  return String.fromCharCode(...rdata);
}
