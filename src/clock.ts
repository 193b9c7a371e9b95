/** The clock and the random numbers, passed as arguments: the only file in `src` that reads the machine's clock. */

/** What code that needs the time takes as an argument; tests pass one that they advance themselves. */
export interface Clock {
  /** Wall-clock time, ms since 1970. */
  now(): number;
  /** Ms since an arbitrary start; never goes backwards. For durations and expiry. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason if it aborts first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` after `ms` milliseconds. For what happens with every question: `wait` with a signal makes five objects more. */
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** A number in [0, 1). */
export type Random = () => number;

/** The longest delay that a timer accepts, ms, a little under 25 days: with a longer one it would fire at once. A longer wait ends then. */
export const LONGEST_WAIT: number = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, within(ms));
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after(ms, run) {
    const timer = setTimeout(run, within(ms));
    return { cancel: () => clearTimeout(timer) };
  },
};

function within(ms: number): number {
  return Math.min(ms, LONGEST_WAIT);
}

export const systemRandom: Random = () => Math.random();
