/** Time and chance as arguments: the only file of `src` that reads the machine's clock. */

/** What code that needs the time asks for; tests hand in one that they move. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. For durations and expiry. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason if that comes first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1). */
export type Random = () => number;

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
      }, ms);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

export const systemRandom: Random = () => Math.random();
