/** The lists of /top, the most frequent clients and names, from a sample of the queries of the last one to two minutes. */
import type { Clock } from '../clock.ts';
import { formatAddress } from '../wire/address.ts';
import { Rcode } from '../wire/iana.ts';
import { nameFromWire, nameToText, ROOT, type Name } from '../wire/name.ts';
import { TO_TOP, type RecordView } from './query-record.ts';
import { SpaceSaving } from './space-saving.ts';

/** The lists, by what they count. */
const lists = ['clients', 'names', 'nxdomains'] as const;
type List = (typeof lists)[number];

export interface TopEntry {
  readonly key: string;
  /** Estimated number of queries, and by how much it may be too high. */
  readonly queries: number;
  readonly error: number;
  /** Part of all queries, 0..1. */
  readonly share: number;
}

export interface Top extends Readonly<Record<List, readonly TopEntry[]>> {
  /** Seconds that the lists cover. */
  readonly seconds: number;
  /** Estimated queries in that time. */
  readonly queries: number;
  /** 1 in this many queries was sampled; 0: none, the lists are off. */
  readonly sample: number;
}

const WINDOW = 60_000;
/** Keys are octets of addresses and names, and become text only when shown. */
const shown: Readonly<Record<List, (key: string) => string>> = {
  clients: (key) => formatAddress(Buffer.from(key, 'latin1')),
  names: (key) => nameToText(key as Name),
  nxdomains: (key) => nameToText(key as Name),
};

/** Keys kept in each list: any that makes up more than a thousandth of the queries is among them. */
const CAPACITY = 1000;

type Sketches = Readonly<Record<List, SpaceSaving>>;

interface Window {
  readonly since: number;
  readonly sketches: Sketches;
}

export class TopLists {
  readonly #clock: Clock;
  #current: Window;
  #previous: Window | undefined;
  #sample: number;

  constructor(clock: Clock, sample: number) {
    this.#clock = clock;
    this.#sample = sample;
    this.#current = this.#window();
  }

  /** 1 in this many queries is sampled. */
  get sample(): number {
    return this.#sample;
  }

  /** Forgets what was seen at another rate: scaled by this one it would be wrong. */
  set sample(sample: number) {
    if (sample === this.#sample) return;
    this.#sample = sample;
    this.forget();
  }

  forget(): void {
    this.#previous = undefined;
    this.#current = this.#window();
  }

  readonly see = (record: RecordView): void => {
    if ((record.purpose & TO_TOP) === 0) return;
    this.#turn();
    const { clients, names, nxdomains } = this.#current.sketches;
    const { octets, addressAt, addressLength, nameAt, nameLength } = record;
    clients.add(octets.toString('latin1', addressAt, addressAt + addressLength));
    const name = nameLength === 0 ? ROOT : nameFromWire(octets, nameAt, nameAt + nameLength);
    names.add(name);
    if (record.rcode === Rcode.NXDOMAIN) nxdomains.add(name);
  };

  /** Returns the first `limit` entries of each list. */
  top(limit: number): Top {
    this.#turn();
    const windows = this.#previous === undefined ? [this.#current] : [this.#previous, this.#current];
    const seen = windows.reduce((sum, { sketches }) => sum + sketches.clients.total, 0);
    const entries = (list: List): TopEntry[] =>
      merged(windows.map(({ sketches }) => sketches[list]))
        .slice(0, limit)
        .map(([key, { count, error }]) => ({
          key: shown[list](key),
          queries: count * this.sample,
          error: error * this.sample,
          share: seen === 0 ? 0 : count / seen,
        }));
    return {
      seconds: Math.round((this.#clock.monotonic() - windows[0]!.since) / 1000),
      queries: seen * this.sample,
      sample: this.sample,
      clients: entries('clients'),
      names: entries('names'),
      nxdomains: entries('nxdomains'),
    };
  }

  #turn(): void {
    const age = this.#clock.monotonic() - this.#current.since;
    if (age < WINDOW) return;
    this.#previous = age < 2 * WINDOW ? this.#current : undefined;
    this.#current = this.#window();
  }

  #window(): Window {
    const sketches = Object.fromEntries(lists.map((list) => [list, new SpaceSaving(CAPACITY)])) as Sketches;
    return { since: this.#clock.monotonic(), sketches };
  }
}

function merged(sketches: readonly SpaceSaving[]): [string, { count: number; error: number }][] {
  const sums = new Map<string, { count: number; error: number }>();
  for (const sketch of sketches) {
    for (const { key, count, error } of sketch.top(CAPACITY)) {
      const sum = sums.get(key) ?? { count: 0, error: 0 };
      sums.set(key, { count: sum.count + count, error: sum.error + error });
    }
  }
  return [...sums].toSorted(([, a], [, b]) => b.count - a.count);
}
