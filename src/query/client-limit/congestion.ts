/**
 * How many of the places for questions that wait for upstreams there are while packets come faster than this thread reads them. A forwarded question
 * costs ten times what another does, so a client that asks for ever new outside names takes the whole thread long before it takes all places, and
 * the kernel then drops anybody's packets. With fewer places more of what the greedy ask is refused, which is cheap, until the thread keeps up.
 */

/**
 * What waits unread before any place is taken away, in octets of the kernel's own count: some two thousand packets. Somebody who waits for answers
 * before asking on, a node's cache or a benchmark of some hundred questions at once, never has so many, and is answered as fast as the thread can.
 */
const BURST = 2 ** 21;
/** The part of a small receive buffer that means the same. */
const NEARLY_FULL = 3 / 4;
/** Factors for each reading of packets: places go until no more than one reading in some twenty leaves packets behind, and come back in a second or so. */
const LESS = 15 / 16;
const MORE = 257 / 256;
/** Of which one greedy client has half: as many as everybody may have at any time (forward-share.ts). */
const FEWEST = 8;
/** The part of the places at which it is plain that fewer of them do not help: a flood of what is refused is too much by itself. */
const LEAST = 1e-3;

export class Congestion {
  #part = 1;
  /** From a backlog until all places are back. */
  #isFlooded = false;

  /** Octets that wait unread, and those that may. */
  backlog(waiting: number, room: number): void {
    if (waiting > Math.min(BURST, room * NEARLY_FULL)) this.#isFlooded = true;
  }

  /** Packets were read; `more`: as many as one reading takes, so others wait behind them. */
  read(more: boolean): void {
    if (!this.#isFlooded) return;
    this.#part = more ? Math.max(this.#part * LESS, LEAST) : Math.min(this.#part * MORE, 1);
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
