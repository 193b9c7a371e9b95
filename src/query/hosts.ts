/** Answers names and addresses of hosts files: A, AAAA and PTR, before any upstream is asked. */
import type { Clock } from '../clock.ts';
import { followFile } from '../upstream/follow-file.ts';
import { parseHosts, type HostsEntry } from '../upstream/hosts.ts';
import type { Log } from '../upstream/observer.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, Rcode, Type } from '../wire/iana.ts';
import { nameToText, nameToWire, type Name } from '../wire/name.ts';
import { BodyWriter, type RRset } from '../wire/records.ts';
import { reverseName } from '../wire/reverse-name.ts';
import type { Stage } from './handler.ts';

/** Seconds. The files may change, and nobody tells the clients. */
const TTL = 60;

export interface HostsObserver {
  /** A file was read, and gives so many records. */
  read(path: string, records: number): void;
}

export interface HostsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly observer?: HostsObserver;
  /** What was read before, by path: a stage that is made anew begins with it, in case its file cannot be read just then. */
  readonly known?: Map<string, readonly HostsEntry[]>;
  /** Whether a name is in a zone of ours, for which hosts files are not asked. */
  readonly isOurs?: (name: Name) => boolean;
}

/** Follows `paths`; of what several say of a name all is told. A file that cannot be read any more stays as it was. */
export function hosts(paths: readonly string[], parts: HostsParts): Stage {
  if (paths.length === 0) return (next) => next;
  const { log, observer, known = new Map<string, readonly HostsEntry[]>(), isOurs = () => false } = parts;
  const tableNow = (): HostsTable => hostsTable(paths.flatMap((path) => known.get(path) ?? []));
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
    const found = query.class === Class.IN ? table.get(query.name) : undefined;
    return found === undefined ? next(query) : (found.get(query.type) ?? NO_DATA);
  };
}

/** Names for a log line, which are not to fill it. */
function tell(names: readonly Name[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).map(nameToText).join(', ')}${more > 0 ? ` and ${more} more are` : names.length === 1 ? ' is' : ' are'}`;
}

/** Answers by name and type, made beforehand. */
type HostsTable = ReadonlyMap<Name, ReadonlyMap<number, Answer>>;

function hostsTable(entries: readonly HostsEntry[]): HostsTable {
  const rrsets = new Map<Name, Map<number, Map<string, Uint8Array>>>();
  const add = (owner: Name, type: number, rdata: Uint8Array): void => {
    const types = rrsets.get(owner) ?? new Map<number, Map<string, Uint8Array>>();
    const records = types.get(type) ?? new Map<string, Uint8Array>();
    rrsets.set(owner, types.set(type, records.set(Buffer.from(rdata).toString('latin1'), rdata)));
  };
  for (const { address, names } of entries) {
    for (const name of names) add(name, address.length === 4 ? Type.A : Type.AAAA, address);
    // The canonical name only: an alias is not what the address is called.
    add(reverseName(address), Type.PTR, nameToWire(names[0]!));
  }
  return new Map(
    [...rrsets].map(([owner, types]) => {
      return [owner, new Map([...types].map(([type, records]) => [type, answer(owner, { type, ttl: TTL, rdata: [...records.values()] })]))];
    }),
  );
}

/** Without an SOA: there is no zone whose server would have one, and a client is to ask again. */
const NO_DATA = { ...emptyAnswer(Rcode.NOERROR, Source.hosts), authoritative: true };

function answer(owner: Name, rrset: RRset): Answer {
  return new BodyWriter(owner).addRRset('answers', owner, rrset).answer(Rcode.NOERROR, true, Source.hosts);
}
