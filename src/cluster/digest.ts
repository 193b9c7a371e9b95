/** A digest of everything published, equal on replicas that know the same, so that a difference between replicas can raise an alert. */
import { hash } from 'node:crypto';

/** 48 bits, because a metric is a double. */
const MODULUS = 2 ** 48;

/** A sum of hashes, so that order does not matter and an update costs only what changed. */
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

/** SHA-1 is used for its distribution, not for security. */
function hash48(text: string): number {
  return hash('sha1', text, 'buffer').readUIntBE(0, 6);
}
