/** A digest of everything published, equal on replicas that know the same, so that a difference between replicas can raise an alert. */

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

/** Two multiplicative hashes, mixed at the end. No secret depends on it, and SHA-1 took 4 % of a start with 10,000 Services. */
function hash48(text: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x5f356495);
    low = Math.imul(low ^ code, 0x9e3779b1);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0xffff) * 2 ** 32 + (low >>> 0);
}
