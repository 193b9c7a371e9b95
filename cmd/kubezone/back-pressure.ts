/** Decides when the publisher may post its next update: once no listening thread is behind, without waiting for one that hangs. */
import type { Clock } from '../../src/clock.ts';

/** What is known of a listening thread's updates. */
interface Receiver {
  readonly isBehind: boolean;
  /** Stops waiting for it until it takes something. */
  giveUp(): void;
}

/** A thread that has not taken an update for this long hangs, ms: the others do not wait for it. */
const HANGING = 1000;

export class BackPressure {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #listening: () => readonly Receiver[];
  #waiting: (() => void) | undefined;
  #isWatching = false;

  constructor(clock: Clock, signal: AbortSignal, listening: () => readonly Receiver[]) {
    this.#clock = clock;
    this.#signal = signal;
    this.#listening = listening;
  }

  /** Calls `run` in a later turn, once no thread is behind. */
  whenTaken(run: () => void): void {
    this.#waiting = run;
    this.goOn();
  }

  /** To be called whenever a thread has taken an update, or has ended. */
  goOn(): void {
    const run = this.#waiting;
    if (run === undefined) return;
    if (this.#listening().some(({ isBehind }) => isBehind)) void this.#watch();
    else {
      this.#waiting = undefined;
      setImmediate(run);
    }
  }

  /** Looks for hanging threads while somebody waits for them. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (this.#waiting !== undefined) {
      const waiting = this.#waiting;
      await this.#clock.wait(HANGING, this.#signal).catch(() => undefined);
      if (this.#signal.aborted) return;
      if (this.#waiting !== waiting) continue;
      for (const receiver of this.#listening()) receiver.giveUp();
      this.goOn();
    }
    this.#isWatching = false;
  }
}
