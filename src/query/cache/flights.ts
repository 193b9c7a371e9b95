/** Questions in flight to upstreams: one for all clients that ask the same (coalescing). */
import type { Clock } from '../../clock.ts';
import type { Name } from '../../wire/name.ts';
import type { Outcome } from '../handler.ts';

/** One question in flight. */
export class Flight {
  readonly name: Name;
  readonly startedAt: number;
  /** Settles once the answer is in the cache. */
  readonly outcome: Promise<Outcome>;
  /** Whether the answer may be cached: not after a flush of its name. */
  keeps = true;
  #patience: Promise<Outcome> | undefined;

  /** `asked` is the upstreams' answer; `settle` puts it into the cache and returns what clients get. */
  constructor(name: Name, startedAt: number, asked: Promise<Outcome>, settle: (flight: Flight, outcome: Outcome) => Outcome) {
    this.name = name;
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
  /** By key, then by name. A name's string holds its hash once computed; one joined with the key would be built and hashed for each query. */
  readonly #byKey = new Map<number, Map<Name, Flight>>();

  get size(): number {
    let size = 0;
    for (const { size: ofKey } of this.#byKey.values()) size += ofKey;
    return size;
  }

  find(name: Name, key: number): Flight | undefined {
    return this.#byKey.get(key)?.get(name);
  }

  add(key: number, flight: Flight): void {
    let byName = this.#byKey.get(key);
    if (byName === undefined) this.#byKey.set(key, (byName = new Map<Name, Flight>()));
    byName.set(flight.name, flight);
    const leave = (): void => this.#remove(key, flight);
    flight.outcome.then(leave, leave);
  }

  /** Keeps the answers of flights for these names out of the cache, and lets no new client wait for them. */
  disown(matches: (name: Name) => boolean): void {
    for (const [key, byName] of this.#byKey) {
      for (const flight of byName.values()) {
        if (!matches(flight.name)) continue;
        flight.keeps = false;
        this.#remove(key, flight);
      }
    }
  }

  #remove(key: number, flight: Flight): void {
    const byName = this.#byKey.get(key);
    // After a flush another flight may have taken the place.
    if (byName?.get(flight.name) !== flight) return;
    byName.delete(flight.name);
    if (byName.size === 0) this.#byKey.delete(key);
  }
}
