/** Questions in flight to upstreams: one for all clients that ask the same (coalescing). */
import type { Clock, Random } from '../../clock.ts';
import type { Name } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import type { Outcome } from '../handler.ts';

/** One question in flight. */
export class Flight {
  readonly name: Name;
  /** Type, DO and CD, as for an entry of the cache. */
  readonly key: number;
  readonly startedAt: number;
  /** Settles once the answer is in the cache. */
  readonly outcome: Promise<Outcome>;
  /** Whether the answer may be cached: not after a flush of its name. */
  keeps = true;
  /** The next flight in its list. */
  next: Flight | undefined;
  #patience: Promise<Outcome> | undefined;

  /** `asked` is the upstreams' answer; `settle` puts it into the cache and returns what clients get. */
  constructor(name: Name, key: number, startedAt: number, asked: Promise<Outcome>, settle: (flight: Flight, outcome: Outcome) => Outcome) {
    this.name = name;
    this.key = key;
    this.startedAt = startedAt;
    this.outcome = asked.then((outcome) => settle(this, outcome));
  }

  /** Returns the outcome, or undefined if there is none `ms` after the start. One timer serves all clients that wait. */
  within(ms: number, clock: Clock): Promise<Outcome> {
    this.#patience ??= this.#lossOfPatience(Math.max(0, this.startedAt + ms - clock.monotonic()), clock);
    return Promise.race([this.outcome, this.#patience]);
  }

  #lossOfPatience(ms: number, clock: Clock): Promise<Outcome> {
    const over = new AbortController();
    const end = (): void => over.abort(OVER);
    this.outcome.then(end, end);
    return clock.wait(ms, over.signal).then(
      () => undefined,
      () => this.outcome,
    );
  }
}

/** Created once: an error per question, with its stack, would cost more than the rest of a flight. */
const OVER = new Error('the question is over');

/** Lists of flights, a power of two: about as many as there are flights in a busy thread. */
const LISTS = 1024;

export class Flights {
  /**
   * Flights by hash, each list linked by `next`. Not a Map: one that lives long gets its memory from the old generation, again after every few additions
   * and removals, and V8 copies each new string that it looks for in a Map there too.
   */
  readonly #lists = new Array<Flight | undefined>(LISTS).fill(undefined);
  readonly #seed: number;
  #size = 0;

  /** `random` seeds the hash, so that an attacker cannot choose names of one list. */
  constructor(random: Random) {
    this.#seed = Math.floor(random() * 0x7fffffff);
  }

  get size(): number {
    return this.#size;
  }

  find(name: Name, key: number): Flight | undefined {
    let flight = this.#lists[this.#listOf(name, key)];
    while (flight !== undefined && !(flight.key === key && flight.name === name)) flight = flight.next;
    return flight;
  }

  add(flight: Flight): void {
    const list = this.#listOf(flight.name, flight.key);
    flight.next = this.#lists[list];
    this.#lists[list] = flight;
    this.#size++;
    const leave = (): void => this.#remove(flight, list);
    flight.outcome.then(leave, leave);
  }

  /** Keeps the answers of flights for these names out of the cache, and lets no new client wait for them. */
  disown(matches: (name: Name) => boolean): void {
    for (const [list, first] of this.#lists.entries()) {
      for (let flight = first; flight !== undefined; flight = flight.next) {
        if (!matches(flight.name)) continue;
        flight.keeps = false;
        this.#remove(flight, list);
      }
    }
  }

  /** Does nothing if it has been removed. */
  #remove(flight: Flight, list: number): void {
    let before: Flight | undefined;
    let at = this.#lists[list];
    while (at !== undefined && at !== flight) {
      before = at;
      at = at.next;
    }
    if (at === undefined) return;
    if (before === undefined) this.#lists[list] = flight.next;
    else before.next = flight.next;
    this.#size--;
  }

  #listOf(name: Name, key: number): number {
    return hashName(name, this.#seed ^ key) & (LISTS - 1);
  }
}
