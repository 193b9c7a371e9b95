/** Whether one serving thread is there: it is called now and then, and whatever it reports is a sign of life. */

/** Between two calls, ms. */
export const CALLING = 3000;
/** Calls without a word since. They are counted, and not the time: when a machine has slept, all threads are late alike. */
const SILENT = 2;
const LOST = 5;
/** It was to end by now. */
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

  /** Whether it hangs so that it did not end either. */
  get isStuck(): boolean {
    return this.#unanswered > STUCK;
  }

  heard(): void {
    this.#unanswered = 0;
  }

  /** Calls it. True, once, when it hangs for good. */
  call(): boolean {
    const isLost = this.#unanswered === LOST;
    this.#unanswered++;
    this.#call();
    return isLost;
  }
}
