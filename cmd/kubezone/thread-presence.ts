/** Whether one serving thread is alive: it is called now and then, and once it listens any report from it is a sign of life. */

/** Time between two calls, ms. */
export const CALLING = 3000;
/** Limits of unanswered calls in a row. Calls are counted rather than time: when a machine has slept, all threads are equally late. */
const SILENT = 2;
const LOST = 5;
/** The limit, two minutes, for a thread that does not listen yet: with few CPUs, taking in a large cluster may keep it busy for long. */
const STARTING = 40;
/** Calls after which a terminated thread should have ended. */
const ENDING = 3;

export class ThreadPresence {
  readonly #call: () => void;
  #unanswered = 0;
  #isListening = false;

  constructor(call: () => void) {
    this.#call = call;
  }

  /** Whether it answers. */
  get isThere(): boolean {
    return this.#unanswered < SILENT;
  }

  /** Whether it hangs and could not be terminated. */
  get isStuck(): boolean {
    return this.#unanswered > this.#limit + ENDING;
  }

  listens(): void {
    this.#isListening = true;
    this.#unanswered = 0;
  }

  heard(): void {
    if (this.#isListening) this.#unanswered = 0;
  }

  /** Calls the thread. Returns true, once, when it hangs for good, or does not come to listen. */
  call(): boolean {
    const isLost = this.#unanswered === this.#limit;
    this.#unanswered++;
    this.#call();
    return isLost;
  }

  get #limit(): number {
    return this.#isListening ? LOST : STARTING;
  }
}
