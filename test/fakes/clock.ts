/** A clock that only advances when a test moves it. */
import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Advances the time by `ms`; waits that end until then resolve in order, each at its own time. */
  advance(ms: number): Promise<void>;
  /** Number of pending waits. */
  readonly waiting: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function fakeClock(start: number = Date.UTC(2026, 10, 22)): FakeClock {
  let elapsed = 0;
  const sleepers = new Set<Sleeper>();
  const sleep = (ms: number, wake: () => void): Sleeper => {
    const sleeper = { at: elapsed + ms, wake };
    sleepers.add(sleeper);
    return sleeper;
  };

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    get waiting() {
      return sleepers.size;
    },
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper = sleep(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    after(ms, run) {
      const sleeper = sleep(ms, run);
      return { cancel: () => void sleepers.delete(sleeper) };
    },
    async advance(ms) {
      const until = elapsed + ms;
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        elapsed = Math.max(elapsed, next.at);
        sleepers.delete(next);
        next.wake();
        // What was woken may wait again before the time advances further.
        await new Promise(setImmediate);
      }
      elapsed = until;
      await new Promise(setImmediate);
    },
  };
}
