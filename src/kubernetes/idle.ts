/** Ends a request that is open but silent: half-open TCP, a stalled server, a load balancer that dropped the other side. */
import type { Clock } from '../clock.ts';
import { Failure } from './failure.ts';

export interface IdleGuard {
  /** Aborted with a Failure `idle` when nothing was heard within the limit, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  heard(): void;
  /** Sets another limit, ms, and starts it now. */
  limit(ms: number): void;
  stop(): void;
}

/** Keeps one timer running for the guard's lifetime, rather than one for each chunk heard. */
export function guardIdle(clock: Clock, ms: number, outer: AbortSignal, what: string): IdleGuard {
  const tooQuiet = new AbortController();
  const stopped = new AbortController();
  let last = clock.monotonic();
  let waiting = new AbortController();

  const left = (): number => last + ms - clock.monotonic();
  const isOver = (): boolean => stopped.signal.aborted || outer.aborted;

  async function watchOver(): Promise<void> {
    while (!isOver()) {
      waiting = new AbortController();
      await clock.wait(Math.max(0, left()), AbortSignal.any([stopped.signal, outer, waiting.signal])).catch(() => undefined);
      // After this process has paused, timers run before what came meanwhile is read, and immediates after.
      if (left() <= 0) await new Promise((resolve) => setImmediate(resolve));
      if (left() > 0 || isOver()) continue;
      tooQuiet.abort(new Failure('idle', `${what}: nothing heard for ${ms / 1000} s`));
      return;
    }
  }
  void watchOver();

  return {
    signal: AbortSignal.any([outer, tooQuiet.signal]),
    heard() {
      last = clock.monotonic();
    },
    limit(next) {
      ms = next;
      last = clock.monotonic();
      waiting.abort();
    },
    stop: () => stopped.abort(),
  };
}
