/** Answers A, AAAA and PTR from hosts files (hosts(5)), before any upstream is asked. */
import type { Clock } from '../clock.ts';
import { followFile } from '../upstream/follow-file.ts';
import { parseHosts, type HostsEntry } from '../upstream/hosts.ts';
import type { Log } from '../upstream/observer.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, Rcode, Type } from '../wire/iana.ts';
import { nameToText, nameToWire, type Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { BodyWriter } from '../wire/records.ts';
import { reverseName } from '../wire/reverse-name.ts';
import type { Stage } from './handler.ts';

/** Seconds. The files may change, and clients do not learn of it. */
const TTL = 60;

export interface HostsObserver {
  /** A file was read and yields this many records. */
  read(path: string, records: number): void;
}

export interface HostsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly observer?: HostsObserver;
  /** Entries read before, by path: a new stage starts with them, in case a file cannot be read at that moment. */
  readonly known?: Map<string, readonly HostsEntry[]>;
  /** Whether a name is in one of our zones, for which hosts files are not consulted. */
  readonly isOurs?: (name: Name) => boolean;
}

/** Follows `paths`; the records that several files have for a name are combined. A file that becomes unreadable keeps its last contents. */
export function hosts(paths: readonly string[], parts: HostsParts): Stage {
  if (paths.length === 0) return (next) => next;
  const { log, observer, known = new Map<string, readonly HostsEntry[]>(), isOurs = () => false } = parts;
  const tableNow = (): HostsTable => new HostsTable(paths.flatMap((path) => known.get(path) ?? []));
  let table = tableNow();
  for (const path of paths) {
    followFile(path, {
      ...parts,
      changed: (text) => {
        const { entries, refused } = parseHosts(text);
        for (const reason of refused) log.warn(`hosts ${path} ${reason}`);
        const ours = [...new Set(entries.flatMap(({ names }) => names.filter(isOurs)))];
        if (ours.length > 0) log.warn(`hosts ${path}: ${tell(ours)} in the cluster's zone, where only the cluster is asked`);
        known.set(path, entries);
        // Each line gives its names the address, and the address its canonical name.
        observer?.read(
          path,
          entries.reduce((records, { names }) => records + names.length + 1, 0),
        );
        table = tableNow();
      },
      unreadable: (error) => log.warn(`hosts ${path} cannot be read: ${error.message}`),
    });
  }
  return (next) => (query) => {
    const found = query.class === Class.IN ? table.answer(query) : undefined;
    return found ?? next(query);
  };
}

/** Returns at most three names for a log line, and how many more there are. */
function tell(names: readonly Name[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).map(nameToText).join(', ')}${more > 0 ? ` and ${more} more are` : names.length === 1 ? ' is' : ' are'}`;
}

/** The records of all files, by name. Answers are built at the first query: a blocklist in this form has 100,000 lines, most never queried. */
class HostsTable {
  readonly #addresses = new Map<Name, Uint8Array[]>();
  /** Canonical names by the reverse name of their address. */
  readonly #names = new Map<Name, Name[]>();
  readonly #answers = new Map<Name, Map<number, Answer>>();

  constructor(entries: readonly HostsEntry[]) {
    const reverseNames = new Map<string, Name>();
    for (const { address, names } of entries) {
      for (const name of names) add(this.#addresses, name, address);
      const key = keyOf(address);
      let reverse = reverseNames.get(key);
      if (reverse === undefined) reverseNames.set(key, (reverse = reverseName(address)));
      // Only the canonical name: an alias is not the name of the address.
      add(this.#names, reverse, names[0]!);
    }
  }

  /** Undefined when no file has the name. */
  answer({ name, type }: Query): Answer | undefined {
    if (!this.#addresses.has(name) && !this.#names.has(name)) return undefined;
    const ofName = this.#answers.get(name) ?? new Map<number, Answer>();
    this.#answers.set(name, ofName);
    let answer = ofName.get(type);
    if (answer === undefined && MADE.has(type)) ofName.set(type, (answer = this.#make(name, type)));
    return answer ?? NO_DATA;
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
