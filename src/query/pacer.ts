/**
 * Starts what takes long, such as a question to upstreams, a few at a time: between them the event loop comes to the queries that need no upstream, and
 * clients take turns, so that one with many questions does not delay another's.
 */
import type { Clock } from '../clock.ts';

/** ms that a turn of the event loop should take while tasks wait: what they cause later in it, such as replies, counts too. */
const TURN = 2;
/** Tasks per turn at first, and at most. */
const FIRST = 8;
const MOST = 64;

export class Pacer {
  readonly #clock: Clock;
  /** Tasks that wait, by client. */
  readonly #queues = new Map<number, (() => void)[]>();
  /** The clients with tasks that wait, in turn. Not the order of the Map: each removal and addition there takes memory of the old generation. */
  readonly #turns: number[] = [];
  /** Tasks that may start per turn: fewer once turns take too long. */
  #allowed = FIRST;
  #started = 0;
  #isArmed = false;
  /** When the last turn began, if it left tasks waiting, so that the event loop has not slept since. */
  #busySince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `task`, an async function: at once if nothing waits and this turn of the event loop has not started too many, else in a later turn. */
  run<T>(client: number, task: () => Promise<T>): Promise<T> {
    if (this.#queues.size === 0 && this.#started < this.#allowed) return this.#start(task);
    return new Promise((resolve) => {
      const queue = this.#queues.get(client);
      const start = (): void => resolve(this.#start(task));
      if (queue !== undefined) {
        queue.push(start);
        return;
      }
      this.#queues.set(client, [start]);
      this.#turns.push(client);
    });
  }

  #start<T>(task: () => Promise<T>): Promise<T> {
    this.#started++;
    if (!this.#isArmed) {
      this.#isArmed = true;
      setImmediate(this.#turn);
    }
    return task();
  }

  readonly #turn = (): void => {
    const now = this.#clock.monotonic();
    if (this.#busySince !== undefined) this.#adapt(now - this.#busySince);
    this.#isArmed = false;
    this.#started = 0;
    while (this.#started < this.#allowed && this.#turns.length > 0) {
      const client = this.#turns.shift()!;
      const queue = this.#queues.get(client)!;
      queue.shift()!();
      if (queue.length > 0) this.#turns.push(client);
      else this.#queues.delete(client);
    }
    this.#busySince = this.#queues.size > 0 ? now : undefined;
  };

  /** `took`: ms. */
  #adapt(took: number): void {
    if (took > TURN) this.#allowed = Math.max(1, Math.floor((this.#allowed * TURN) / took));
    else if (this.#allowed < MOST) this.#allowed++;
  }
}
