/**
 * Lowers how many questions may wait for upstreams while packets arrive faster than this thread reads them. A forwarded question costs ten times as
 * much as any other: without this, one client asking for random outside names takes the whole thread, and the kernel drops every client's packets.
 */
import type { Clock } from '../../clock.ts';

/**
 * Unread octets, as the kernel counts them, before any place is taken away: about two thousand packets. A client that waits for answers before it
 * asks more, such as a node's cache or a benchmark with some hundred questions in flight, never has so many, and is answered as fast as the thread
 * can. Where the receive buffer is smaller, the kernel's drops are the sign.
 */
const BURST = 2 ** 21;
/** Factor on the places for each reading that leaves packets behind: they shrink until such readings are few. */
const LESS = 15 / 16;
/** Time in which the places grow by a factor of e, ms. */
const RECOVERY = 250;
/** The fewest places. One greedy client gets half of them, which is what every client may always have (client-places.ts). */
const FEWEST = 8;
/** The lowest fraction of the places: if that does not help, fewer will not either, since refusing the flood is too much work by itself. */
const LEAST = 1e-3;

export class Congestion {
  readonly #clock: Clock;
  #part = 1;
  /** Set from a backlog until all places are back. */
  #isFlooded = false;
  /** Clock.monotonic() of the last reading in a flood. */
  #readAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reports the octets that packets which wait take, and whether some were dropped since the last report. */
  backlog(waiting: number, dropped: boolean): void {
    if (this.#isFlooded || (waiting <= BURST && !dropped)) return;
    this.#isFlooded = true;
    this.#readAt = this.#clock.monotonic();
  }

  /** Reports that packets were read and answered; `more`: others wait that were there already. */
  read(more: boolean): void {
    if (!this.#isFlooded) return;
    const now = this.#clock.monotonic();
    if (more) this.#part = Math.max(this.#part * LESS, LEAST);
    else this.#part = Math.min(this.#part * Math.exp((now - this.#readAt) / RECOVERY), 1);
    this.#readAt = now;
    this.#isFlooded = this.#part < 1;
  }

  /** Whether to drop instead of refuse: sending is most of what a refusal costs. */
  get isHopeless(): boolean {
    return this.#part < 2 * LEAST;
  }

  /** Returns what is left of `places` now. */
  leaves(places: number): number {
    return this.#part === 1 ? places : Math.max(Math.min(FEWEST, places), places * this.#part);
  }
}
