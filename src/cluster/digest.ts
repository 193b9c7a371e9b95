/** A digest of everything published, equal on replicas that know the same, so that a difference between replicas can raise an alert. */

/** 48 bits, because a metric is a double. */
const MODULUS = 2 ** 48;

/** A sum of hashes, so that order does not matter and an update costs only what changed. */
export class Digest {
  #sum = 0;
  /** The hashes of values given to `set`, so that a change need not hash the old value again. */
  readonly #hashes = new Map<string, number>();

  get value(): number {
    return this.#sum;
  }

  /** Adds a value that JSON can express, in place of the one with the same `key`; undefined only removes that. */
  set(key: string, value: unknown): void {
    const is = value === undefined ? 0 : hash48(value);
    this.#sum = (this.#sum + MODULUS - (this.#hashes.get(key) ?? 0) + is) % MODULUS;
    if (value === undefined) this.#hashes.delete(key);
    else this.#hashes.set(key, is);
  }

  add(text: string): void {
    this.#sum = (this.#sum + hash48(text)) % MODULUS;
  }

  remove(text: string): void {
    this.#sum = (this.#sum + MODULUS - hash48(text)) % MODULUS;
  }
}

/** The hash in progress, two multiplicative ones. No secret depends on them, and SHA-1 took 4 % of a start with 10,000 Services. */
let high = 0;
let low = 0;

function hash48(value: unknown): number {
  high = 0x9e3779b9;
  low = 0x85ebca6b;
  mixValue(value);
  const upper = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  const lower = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(upper ^ (upper >>> 13), 0xc2b2ae35);
  return (upper & 0xffff) * 2 ** 32 + (lower >>> 0);
}

/** Walks the value, which takes half as long as writing it as JSON. A property that is undefined counts as absent, as in JSON. */
function mixValue(value: unknown): void {
  if (typeof value === 'string') mixText(value);
  else if (typeof value !== 'object' || value === null) {
    mixText(String(value));
    mix(NO_TEXT);
  } else {
    mix(BEGIN);
    for (const name in value) {
      const property = (value as Readonly<Record<string, unknown>>)[name];
      if (property === undefined) continue;
      mixText(name);
      mixValue(property);
    }
    mix(END);
  }
}

/** Greater than every UTF-16 code unit. */
const BEGIN = 0x10000;
const END = 0x10001;
const END_OF_TEXT = 0x10002;
/** Follows the text of a number, boolean or null, so that 1 differs from "1". */
const NO_TEXT = 0x10003;

function mixText(text: string): void {
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  mix(END_OF_TEXT);
}

function mix(code: number): void {
  high = Math.imul(high ^ code, 0x5f356495);
  low = Math.imul(low ^ code, 0x9e3779b1);
}
