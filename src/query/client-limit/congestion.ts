/**
 * Lowers how many questions may wait for upstreams while packets arrive faster than this thread reads them. A forwarded question costs ten times what
 * another does; without this one client asking for random outside names takes the whole thread, and the kernel drops everybody's packets.
 */
import type { Clock } from '../../clock.ts';

/**
 * What waits unread before any place is taken away, in octets of the kernel's own count: some two thousand packets. Somebody who waits for answers
 * before asking on, a node's cache or a benchmark of some hundred questions at once, never has so many, and is answered as fast as the thread can.
 * Where the receive buffer is smaller, what the kernel drops tells.
 */
const BURST = 2 ** 21;
/** For each reading of packets that leaves others behind: places go until such readings are few. */
const LESS = 15 / 16;
/** Time in which places become 2.7 times as many, ms. */
const RECOVERY = 250;
/** Of which one greedy client has half: as many as everybody may have at any time (forward-share.ts). */
const FEWEST = 8;
/** The part of the places at which it is plain that fewer of them do not help: a flood of what is refused is too much by itself. */
const LEAST = 1e-3;

export class Congestion {
  readonly #clock: Clock;
  #part = 1;
  /** From a backlog until all places are back. */
  #isFlooded = false;
  /** Clock.monotonic() of the last reading in a flood. */
  #readAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Octets that wait unread, and whether the kernel dropped packets since this was last said. */
  backlog(waiting: number, dropped: boolean): void {
    if (this.#isFlooded || (waiting <= BURST && !dropped)) return;
    this.#isFlooded = true;
    this.#readAt = this.#clock.monotonic();
  }

  /** Packets were read; `more`: as many as one reading takes, so others wait behind them. */
  read(more: boolean): void {
    if (!this.#isFlooded) return;
    const now = this.#clock.monotonic();
    if (more) this.#part = Math.max(this.#part * LESS, LEAST);
    else this.#part = Math.min(this.#part * Math.exp((now - this.#readAt) / RECOVERY), 1);
    this.#readAt = now;
    this.#isFlooded = this.#part < 1;
  }

  /** Whether to refuse in silence: sending is most of what a refusal costs. */
  get isHopeless(): boolean {
    return this.#part < 2 * LEAST;
  }

  /** What is left of `places` just now. */
  leaves(places: number): number {
    return this.#part === 1 ? places : Math.max(Math.min(FEWEST, places), places * this.#part);
  }
}
