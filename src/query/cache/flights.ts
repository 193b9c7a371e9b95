/** Questions on their way to upstreams: one for all clients that ask the same (coalescing). */
import type { Clock } from '../../clock.ts';
import type { Name } from '../../wire/name.ts';
import type { Outcome } from '../handler.ts';

/** One question that is being asked. */
export class Flight {
  readonly name: Name;
  readonly startedAt: number;
  /** Settles once what was heard is in the cache. */
  readonly outcome: Promise<Outcome>;
  /** Whether what is heard may be kept: not after a flush of its name. */
  keeps = true;
  #patience: Promise<Outcome> | undefined;

  /** `asked` is what upstreams will have said, `settle` puts it into the cache and returns what clients are given. */
  constructor(name: Name, startedAt: number, asked: Promise<Outcome>, settle: (flight: Flight, outcome: Outcome) => Outcome) {
    this.name = name;
    this.startedAt = startedAt;
    this.outcome = asked.then((outcome) => settle(this, outcome));
  }

  /** The outcome, or undefined when there is none `ms` after the start. One timer serves all who wait. */
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

/** Made once: an error made for each question, with its stack, would cost more than all else of a flight. */
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

  /** What is heard for these names is not kept, and not waited for by new clients. */
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
