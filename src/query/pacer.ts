/**
 * Shares out a serving thread's time for what takes long, such as sending a question to upstreams: a little of it in each turn of the event loop, so
 * that queries which need no upstream do not wait behind it, and clients in turn, so that one with many questions does not delay another's.
 */
import type { Clock } from '../clock.ts';

/** ms per turn of the event loop. */
const BUDGET = 0.5;

export class Pacer {
  readonly #clock: Clock;
  /** Tasks that wait, by client; the client whose turn is next is first. */
  readonly #queues = new Map<number, (() => void)[]>();
  /** ms used in this turn. */
  #used = 0;
  #isTurnDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `task`, an async function: at once while time is left in this turn of the event loop and nothing waits, else in a later turn. */
  run<T>(client: number, task: () => Promise<T>): Promise<T> {
    if (this.#queues.size === 0 && this.#used < BUDGET) return this.#timed(task);
    return new Promise((resolve) => {
      const queue = this.#queues.get(client);
      const start = (): void => resolve(this.#timed(task));
      if (queue === undefined) this.#queues.set(client, [start]);
      else queue.push(start);
    });
  }

  #timed<T>(task: () => Promise<T>): Promise<T> {
    if (!this.#isTurnDue) {
      this.#isTurnDue = true;
      setImmediate(this.#turn);
    }
    const before = this.#clock.monotonic();
    const result = task();
    this.#used += this.#clock.monotonic() - before;
    return result;
  }

  readonly #turn = (): void => {
    this.#isTurnDue = false;
    this.#used = 0;
    for (const [client, queue] of this.#queues) {
      if (this.#used >= BUDGET) break;
      queue.shift()!();
      // Put last, where this loop comes to it again if there is still time.
      this.#queues.delete(client);
      if (queue.length > 0) this.#queues.set(client, queue);
    }
  };
}
