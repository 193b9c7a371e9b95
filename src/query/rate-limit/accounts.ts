/**
 * Accounts of response rate limiting, kept as in BIND: each second credits the rate, an answer costs one, and the balance is at most a second's worth
 * and at least minus a window's. An overdrawn account stays limited until the flood has stopped for as long as it lasted, at most a window.
 */
import { SlotTable } from '../slot-table.ts';

/** Holds the accounts, in a table of fixed size. */
export class Accounts {
  readonly #table: SlotTable;
  readonly #balances: Int32Array;
  readonly #seconds: Float64Array;
  readonly #limited: Uint8Array;
  readonly #window: number;
  readonly #slip: number;

  /** `window` in seconds; every `slip`th answer over the limit is sent truncated, 1..255; 0: none is. */
  constructor(size: number, window: number, slip: number) {
    this.#table = new SlotTable(size);
    this.#balances = new Int32Array(this.#table.size);
    this.#seconds = new Float64Array(this.#table.size);
    this.#limited = new Uint8Array(this.#table.size);
    this.#window = window;
    this.#slip = slip;
  }

  /** Charges one answer to the key's account; `rate` in answers per second; `second` is whole and never decreases. */
  debit(hash: number, tag: number, rate: number, second: number): Judgement {
    const slot = this.#table.claim(hash, tag);
    if (this.#table.fresh) {
      this.#balances[slot] = rate;
      this.#seconds[slot] = second;
      this.#limited[slot] = 0;
    }
    const passed = second - this.#seconds[slot]!;
    let balance = this.#balances[slot]!;
    if (passed > 0) {
      balance += Math.min(passed, this.#window) * rate;
      if (passed > this.#window || balance > rate) {
        balance = rate;
        this.#limited[slot] = 0;
      }
    }
    this.#seconds[slot] = second;
    this.#balances[slot] = Math.max(balance - 1, -this.#window * rate);
    if (balance >= 1) return Judgement.passes;
    if (this.#slip === 0) return Judgement.dropped;
    // The first over the limit slips, and then every slip-th.
    const count = this.#limited[slot]!;
    this.#limited[slot] = count + 1 >= this.#slip ? 0 : count + 1;
    return count === 0 ? Judgement.slips : Judgement.dropped;
  }
}

export const Judgement = { passes: 0, dropped: 1, slips: 2 } as const;
export type Judgement = (typeof Judgement)[keyof typeof Judgement];
