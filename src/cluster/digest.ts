/** A digest of everything published, equal on replicas that know the same, so that a difference between replicas can raise an alert. */
import { hash } from 'node:crypto';

/** 48 bits, because a metric is a double. */
const MODULUS = 2 ** 48;

/** A sum of hashes, so that order does not matter and an update costs only what changed. */
export class Digest {
  #sum = 0;
  /** Of what changes often, the hash: a change makes the text of the new value only. */
  readonly #hashes = new Map<string, number>();

  get value(): number {
    return this.#sum;
  }

  /** Sets what is known of `key`; undefined removes it. */
  set(key: string, text: string | undefined): void {
    const is = text === undefined ? 0 : hash48(text);
    this.#sum = (this.#sum + MODULUS - (this.#hashes.get(key) ?? 0) + is) % MODULUS;
    if (text === undefined) this.#hashes.delete(key);
    else this.#hashes.set(key, is);
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
