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
        const sleeper: Sleeper = {
          at: elapsed + ms,
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
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
