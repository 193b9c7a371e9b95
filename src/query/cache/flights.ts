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
  readonly #byQuestion = new Map<string, Flight>();

  get size(): number {
    return this.#byQuestion.size;
  }

  find(name: Name, key: number): Flight | undefined {
    return this.#byQuestion.get(questionKey(name, key));
  }

  add(key: number, flight: Flight): void {
    const id = questionKey(flight.name, key);
    this.#byQuestion.set(id, flight);
    const leave = (): void => {
      // After a flush another flight may have taken the place.
      if (this.#byQuestion.get(id) === flight) this.#byQuestion.delete(id);
    };
    flight.outcome.then(leave, leave);
  }

  /** Keeps the answers of flights for these names out of the cache, and lets no new client wait for them. */
  disown(matches: (name: Name) => boolean): void {
    for (const [id, flight] of this.#byQuestion) {
      if (!matches(flight.name)) continue;
      flight.keeps = false;
      this.#byQuestion.delete(id);
    }
  }
}

function questionKey(name: Name, key: number): string {
  return `${name}${String.fromCharCode(key >> 2, key & 3)}`;
}
