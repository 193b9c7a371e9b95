/** Hashes of every suffix of a name, in one pass from its end, and a map that finds the longest of its names that a name is at or below. */
import type { Name } from '../wire/name.ts';

/** The suffixes of the name read last: the whole name at 0, the root last. */
export class Suffixes {
  /** Where each suffix begins in the name. */
  readonly offsets: Uint8Array = new Uint8Array(128);
  readonly hashes: Uint32Array = new Uint32Array(128);
  count = 0;

  read(name: Name): this {
    const { offsets, hashes } = this;
    const root = name.length - 1;
    let count = 0;
    for (let at = 0; at < root; at += 1 + name.charCodeAt(at)) offsets[count++] = at;
    offsets[count] = root;
    this.count = count + 1;
    // FNV-1a from the end: each suffix's hash is an intermediate state of the next longer one's.
    let hash = Math.imul(0x811c9dc5, 0x01000193);
    hashes[count] = hash;
    let end = root;
    while (count > 0) {
      const start = offsets[--count]!;
      for (let i = end - 1; i >= start; i--) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
      hashes[count] = hash;
      end = start;
    }
    return this;
  }
}

/** A map of values by name, found by any name at or below it. */
export class SuffixMap<Value> {
  readonly #entries = new Map<number, { readonly name: Name; value: Value }[]>();

  get size(): number {
    return this.#entries.size;
  }

  get(name: Name): Value | undefined {
    return this.at(name, 0, hashOf(name));
  }

  set(name: Name, value: Value): void {
    const hash = hashOf(name);
    const entries = this.#entries.get(hash) ?? [];
    const entry = entries.find((one) => one.name === name);
    if (entry === undefined) entries.push({ name, value });
    else entry.value = value;
    this.#entries.set(hash, entries);
  }

  /** The value of the suffix of `name` that begins at `offset` and has `hash`. */
  at(name: Name, offset: number, hash: number): Value | undefined {
    const entries = this.#entries.get(hash);
    if (entries === undefined) return undefined;
    for (const entry of entries) if (entry.name.length === name.length - offset && name.endsWith(entry.name)) return entry.value;
    return undefined;
  }

  /** The value of the longest name that `name` is or is below. */
  longest(name: Name, suffixes: Suffixes): Value | undefined {
    for (let i = 0; i < suffixes.count; i++) {
      const value = this.at(name, suffixes.offsets[i]!, suffixes.hashes[i]!);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

const scratch = new Suffixes();

function hashOf(name: Name): number {
  return scratch.read(name).hashes[0]!;
}

/** Whether any name of `map` is `name` or above it. */
export function isBelowAny(map: SuffixMap<true>, name: Name): boolean {
  return map.size > 0 && map.longest(name, scratch.read(name)) === true;
}

export function suffixSet(names: readonly Name[]): SuffixMap<true> {
  const map = new SuffixMap<true>();
  for (const name of names) map.set(name, true);
  return map;
}
