/** How long to wait before retrying a request to an API server: doubling, jittered, capped, and reset after a healthy period. */
import type { Clock, Random } from '../clock.ts';

/** client-go's values, chosen there for about 0.2 requests per second and reflector while an API server is down. All in ms. */
const FIRST = 800;
const LONGEST = 30_000;
const HEALTHY_AFTER = 120_000;
/**
 * A watch open for this long was not a failed attempt. Load balancers close silent connections after 20 to 60 s, and bookmarks come once a minute.
 */
const STOOD = 10_000;

export interface Backoff {
  /** The next wait, ms: between half the step and the whole step, so that replicas that failed together retry at different times. */
  next(): number;
  /** Records that a watch is open from now on. */
  stands(): void;
}

/** `first`, ms, is 0 where the first attempt in a row need not wait. */
export function createBackoff(clock: Clock, random: Random, first: number = FIRST): Backoff {
  let step = first;
  let quietFrom = Number.NEGATIVE_INFINITY;
  let stoodFrom = Number.POSITIVE_INFINITY;
  return {
    stands: () => void (stoodFrom = clock.monotonic()),
    next() {
      const now = clock.monotonic();
      if (now - quietFrom >= HEALTHY_AFTER || now - stoodFrom >= STOOD) step = first;
      stoodFrom = Number.POSITIVE_INFINITY;
      const wait = step * (0.5 + random() / 2);
      step = step === 0 ? FIRST : Math.min(step * 2, LONGEST);
      quietFrom = now + wait;
      return wait;
    },
  };
}
