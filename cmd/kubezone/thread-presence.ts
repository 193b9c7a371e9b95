/** Whether one serving thread is alive: it is called now and then, and any report from it is a sign of life. */

/** Time between two calls, ms. */
export const CALLING = 3000;
/** Limits of unanswered calls in a row. Calls are counted rather than time: when a machine has slept, all threads are equally late. */
const SILENT = 2;
const LOST = 5;
/** It should have ended by now. */
const STUCK = 8;

export class ThreadPresence {
  readonly #call: () => void;
  #unanswered = 0;

  constructor(call: () => void) {
    this.#call = call;
  }

  /** Whether it answers. */
  get isThere(): boolean {
    return this.#unanswered < SILENT;
  }

  /** Whether it hangs and could not be terminated. */
  get isStuck(): boolean {
    return this.#unanswered > STUCK;
  }

  heard(): void {
    this.#unanswered = 0;
  }

  /** Calls the thread. Returns true, once, when it hangs for good. */
  call(): boolean {
    const isLost = this.#unanswered === LOST;
    this.#unanswered++;
    this.#call();
    return isLost;
  }
}
