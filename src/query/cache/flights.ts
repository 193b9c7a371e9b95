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
  /** The next flight with the same hash. */
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

export class Flights {
  /**
   * The first flight of each hash. Not a Map of names: V8 copies each new string that it looks for in a Map into the old generation, which takes as
   * long as the rest of a lookup, and has to be collected from there.
   */
  readonly #byHash = new Map<number, Flight>();
  readonly #seed: number;
  #size = 0;

  /** `random` seeds the hash, so that an attacker cannot choose names with the same one. */
  constructor(random: Random) {
    this.#seed = Math.floor(random() * 0x7fffffff);
  }

  get size(): number {
    return this.#size;
  }

  find(name: Name, key: number): Flight | undefined {
    let flight = this.#byHash.get(this.#hash(name, key));
    while (flight !== undefined && !(flight.key === key && flight.name === name)) flight = flight.next;
    return flight;
  }

  add(flight: Flight): void {
    const hash = this.#hash(flight.name, flight.key);
    flight.next = this.#byHash.get(hash);
    this.#byHash.set(hash, flight);
    this.#size++;
    const leave = (): void => this.#remove(flight, hash);
    flight.outcome.then(leave, leave);
  }

  /** Keeps the answers of flights for these names out of the cache, and lets no new client wait for them. */
  disown(matches: (name: Name) => boolean): void {
    for (const [hash, first] of this.#byHash) {
      for (let flight: Flight | undefined = first; flight !== undefined; flight = flight.next) {
        if (!matches(flight.name)) continue;
        flight.keeps = false;
        this.#remove(flight, hash);
      }
    }
  }

  /** Does nothing once it has been removed. */
  #remove(flight: Flight, hash: number): void {
    const first = this.#byHash.get(hash);
    if (first === flight) {
      if (flight.next === undefined) this.#byHash.delete(hash);
      else this.#byHash.set(hash, flight.next);
      this.#size--;
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== flight) continue;
      before.next = flight.next;
      this.#size--;
      return;
    }
  }

  #hash(name: Name, key: number): number {
    return hashName(name, this.#seed ^ key);
  }
}
