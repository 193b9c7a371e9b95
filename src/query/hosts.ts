/** Answers names and addresses of hosts files: A, AAAA and PTR, before any upstream is asked. */
import type { Clock } from '../clock.ts';
import { followFile } from '../upstream/follow-file.ts';
import { parseHosts, type HostsEntry } from '../upstream/hosts.ts';
import type { Log } from '../upstream/observer.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, Rcode, Type } from '../wire/iana.ts';
import { nameToWire, type Name } from '../wire/name.ts';
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
}

/** Follows `paths`; of what several say of a name all is told. A file that cannot be read any more stays as it was. */
export function hosts(paths: readonly string[], parts: HostsParts): Stage {
  if (paths.length === 0) return (next) => next;
  const ofPath = new Map<string, readonly HostsEntry[]>();
  let table: HostsTable = new Map();
  for (const path of paths) {
    ofPath.set(path, []);
    followFile(path, {
      ...parts,
      changed: (text) => {
        const { entries, refused } = parseHosts(text);
        for (const reason of refused) parts.log.warn(`hosts ${path} ${reason}`);
        ofPath.set(path, entries);
        // Each line gives its names the address, and the address its canonical name.
        parts.observer?.read(
          path,
          entries.reduce((records, { names }) => records + names.length + 1, 0),
        );
        table = hostsTable([...ofPath.values()].flat());
      },
      unreadable: (error) => parts.log.warn(`hosts ${path} cannot be read: ${error.message}`),
    });
  }
  return (next) => (query) => {
    const found = query.class === Class.IN ? table.get(query.name) : undefined;
    return found === undefined ? next(query) : (found.get(query.type) ?? NO_DATA);
  };
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
