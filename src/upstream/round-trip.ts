/** An upstream's round-trip time: smoothed as in TCP (RFC 6298), and decaying while it is not asked, so that a slow one is tried again in time. */

/** ms that clients wait for an upstream of which nothing is known, and never longer for one of several. */
export const MAX_PATIENCE = 300;
/** Below this a late reply says more about this machine than about the upstream, ms. */
const MIN_PATIENCE = 20;
/** ms in which an estimate halves while its upstream is not asked: one twice as slow is tried every 10 s, one 64 times as slow every minute. */
const HALF_LIFE = 10_000;

export class RoundTrip {
  #smoothed = 0;
  #deviation = 0;
  #askedAt = -Infinity;
  #isKnown = false;

  /** Smoothed ms; 0 while unknown. */
  get smoothed(): number {
    return this.#smoothed;
  }

  /** Orders upstreams: the smoothed time, decayed since the upstream was last asked, so that one just tried is not tried again at once. */
  estimate(now: number): number {
    return this.#smoothed === 0 ? 0 : this.#smoothed * 2 ** ((this.#askedAt - now) / HALF_LIFE);
  }

  asked(now: number): void {
    this.#askedAt = now;
  }

  answered(ms: number): void {
    if (this.#isKnown) {
      this.#deviation += (Math.abs(ms - this.#smoothed) - this.#deviation) / 4;
      this.#smoothed += (ms - this.#smoothed) / 8;
    } else this.restart(ms);
  }

  /**
   * No reply for `ms` yet: raises the estimate, so that others are asked first. The deviation is learnt from replies only; lost datagrams would make
   * the wait for the next ones longer and longer.
   */
  overdue(ms: number): void {
    if (!this.#isKnown) this.#smoothed = Math.max(ms, this.#smoothed);
    else if (ms > this.#smoothed) this.#smoothed += (ms - this.#smoothed) / 8;
  }

  /** Forgets earlier measurements. */
  restart(ms: number): void {
    this.#isKnown = true;
    this.#smoothed = ms;
    this.#deviation = ms / 2;
  }

  /** ms after which a reply is late: about the slowest percentile. */
  get patience(): number {
    if (!this.#isKnown) return MAX_PATIENCE;
    return Math.min(MAX_PATIENCE, Math.max(MIN_PATIENCE, this.#smoothed + 4 * this.#deviation));
  }
}
