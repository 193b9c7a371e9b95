/** Answers A, AAAA and PTR from hosts files (hosts(5)), before any upstream is asked. */
import type { Clock } from '../clock.ts';
import { followFile } from '../upstream/follow-file.ts';
import type { Log } from '../upstream/observer.ts';
import { Class } from '../wire/iana.ts';
import { nameToText, type Name } from '../wire/name.ts';
import type { Stage } from './handler.ts';
import { parsingHosts, type HostsEntry } from './hosts/parse.ts';
import { canonicalOf, HostsTable } from './hosts/table.ts';
import { atOnce, inSlices, type Work } from './in-slices.ts';

export interface HostsObserver {
  /** Other files take the place of those before. */
  replaced(): void;
  /** A file was read and yields this many records. */
  read(path: string, records: number): void;
}

export interface HostsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly observer?: HostsObserver;
  /** Called when other contents are in use. */
  readonly rebuilt?: () => void;
  /** Whether a name is in one of our zones, for which hosts files are not consulted. */
  readonly isOurs?: (name: Name) => boolean;
}

/** Entries examined as one part of the work. */
const PART = 64;

/** The hosts files in use. Each is followed; one that becomes unreadable keeps its last contents. */
export class HostsFiles {
  readonly #parts: HostsParts;
  readonly #entries = new Map<string, readonly HostsEntry[]>();
  #paths: readonly string[] = [];
  #table = new HostsTable();
  #following = new AbortController();
  /** The changes, one after the other. */
  #changes: Promise<void> = Promise.resolve();

  constructor(parts: HostsParts) {
    this.#parts = parts;
  }

  readonly stage: Stage = (next) => (query) => (query.class === Class.IN ? this.#table.answer(query) : undefined) ?? next(query);

  /**
   * Reads these files in place of those before. While the server starts, it does so before it returns; later, and whenever a file changes, queries are
   * answered meanwhile, from what was read before.
   */
  use(paths: readonly string[], isStarting: boolean): void {
    this.#following.abort();
    this.#following = new AbortController();
    const signal = AbortSignal.any([this.#parts.signal, this.#following.signal]);
    const later = (work: Work<void>): void => this.#later(work, signal);
    const now = isStarting ? atOnce<void> : later;
    this.#paths = paths;
    this.#parts.observer?.replaced();
    for (const path of this.#entries.keys()) if (!paths.includes(path)) this.#entries.delete(path);
    let isFirst = true;
    const changed = (path: string, text: string): void => {
      (isFirst ? now : later)(this.#read(path, text));
      if (!isFirst) later(this.#build());
    };
    for (const path of paths) {
      followFile(path, {
        ...this.#parts,
        signal,
        changed: (text) => changed(path, text),
        unreadable: (error) => this.#parts.log.warn(`hosts ${path} cannot be read: ${error.message}`),
      });
    }
    isFirst = false;
    now(this.#build());
  }

  #later(work: Work<void>, signal: AbortSignal): void {
    this.#changes = this.#changes.then(async () => {
      try {
        signal.throwIfAborted();
        await inSlices(work, this.#parts.clock, signal);
      } catch (error) {
        // Aborted: other files have taken their place.
        if (!signal.aborted) this.#parts.log.warn(`hosts files could not be taken up: ${String(error)}`);
      }
    });
  }

  *#read(path: string, text: string): Work<void> {
    const { log, observer } = this.#parts;
    const { entries, refused } = yield* parsingHosts(text);
    for (const reason of refused) log.warn(`hosts ${path} ${reason}`);
    const ours = yield* this.#ours(entries);
    if (ours.length > 0) log.warn(`hosts ${path}: ${tell(ours)} in the cluster's zone, where only the cluster is asked`);
    this.#entries.set(path, entries);
    // Each line gives its names the address, and the address its canonical name.
    observer?.read(
      path,
      entries.reduce((records, { names }) => records + names.length + (canonicalOf(names) === undefined ? 0 : 1), 0),
    );
  }

  *#ours(entries: readonly HostsEntry[]): Work<readonly Name[]> {
    const { isOurs = () => false } = this.#parts;
    const ours = new Set<Name>();
    for (let index = 0; index < entries.length; index++) {
      for (const name of entries[index]!.names) if (isOurs(name)) ours.add(name);
      if (index % PART === 0) yield;
    }
    return [...ours];
  }

  *#build(): Work<void> {
    this.#table = yield* HostsTable.of(this.#paths.map((path) => this.#entries.get(path) ?? []));
    this.#parts.rebuilt?.();
  }
}

/** Returns at most three names for a log line, and how many more there are. */
function tell(names: readonly Name[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).map(nameToText).join(', ')}${more > 0 ? ` and ${more} more are` : names.length === 1 ? ' is' : ' are'}`;
}
