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
  /** Tasks that wait, by client; the client whose turn is next is first. */
  readonly #queues = new Map<number, (() => void)[]>();
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
      if (queue === undefined) this.#queues.set(client, [start]);
      else queue.push(start);
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
    for (const [client, queue] of this.#queues) {
      if (this.#started >= this.#allowed) break;
      queue.shift()!();
      // Put last, where this loop comes to it again if there is room.
      this.#queues.delete(client);
      if (queue.length > 0) this.#queues.set(client, queue);
    }
    this.#busySince = this.#queues.size > 0 ? now : undefined;
  };

  /** `took`: ms. */
  #adapt(took: number): void {
    if (took > TURN) this.#allowed = Math.max(1, Math.floor((this.#allowed * TURN) / took));
    else if (this.#allowed < MOST) this.#allowed++;
  }
}
