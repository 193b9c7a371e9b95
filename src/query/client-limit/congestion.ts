/**
 * How many of the places for questions that wait for upstreams there are while packets come faster than this thread reads them. A forwarded question
 * costs ten times what another does, so a client that asks for ever new outside names takes the whole thread long before it takes all places, and
 * the kernel then drops anybody's packets. With fewer places more of what the greedy ask is refused, which is cheap, until the thread keeps up.
 */

/** Factors for each reading of packets: places go until no more than one reading in some twenty leaves packets behind, and come back in a second or so. */
const LESS = 15 / 16;
const MORE = 257 / 256;
/** Of which one greedy client has half: enough for a thread that has nothing better to do. */
const FEWEST = 32;
/** The part of the places at which it is plain that fewer of them do not help: a flood of what is refused is too much by itself. */
const LEAST = 1e-3;

export class Congestion {
  #part = 1;

  /** Packets were read; `more`: as many as one reading takes, so others wait behind them. */
  read(more: boolean): void {
    this.#part = more ? Math.max(this.#part * LESS, LEAST) : Math.min(this.#part * MORE, 1);
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
