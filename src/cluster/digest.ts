/** One number for all that is published, the same on every replica that knows the same, so that replicas that differ can be alerted on. */
import { hash } from 'node:crypto';

/** 48 bits: a metric is a double. */
const MODULUS = 2 ** 48;

/** A sum of hashes, so that the order does not show and a change costs only what changed. */
export class Digest {
  #sum = 0;

  get value(): number {
    return this.#sum;
  }

  add(text: string): void {
    this.#sum = (this.#sum + hash48(text)) % MODULUS;
  }

  remove(text: string): void {
    this.#sum = (this.#sum + MODULUS - hash48(text)) % MODULUS;
  }
}

/** SHA-1 for its spread, not for secrecy. */
function hash48(text: string): number {
  return hash('sha1', text, 'buffer').readUIntBE(0, 6);
}
