/** How long to wait before asking an API server again: doubling, jittered, capped, and forgotten after a healthy while. */
import type { Clock, Random } from '../clock.ts';

/** client-go's figures, chosen there for about 0.2 requests a second and reflector while an API server is down. All in ms. */
const FIRST = 800;
const LONGEST = 30_000;
const HEALTHY_AFTER = 120_000;
/** A watch that stood so long was no attempt that failed. Balancers close what says nothing for 20 to 60 s, and bookmarks come once a minute. */
const STOOD = 10_000;

export interface Backoff {
  /** The next wait, ms: between a half of the step and the whole of it, so that replicas that failed together return apart. */
  next(): number;
  /** A watch stands from now on. */
  stands(): void;
}

/** `first`, ms: 0 where the first attempt of a row need not wait. */
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
