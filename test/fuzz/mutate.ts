/** Mutates seeds into inputs: most are nearly valid, and so get further into a parser than noise. */
import type { Random } from '../../src/clock.ts';
import { pick } from '../fakes/seeded.ts';

const LONGEST = 20_000;
const INTERESTING = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff];

/** Returns a seed with one to eight changes; in 2 % of the cases, only noise. */
export function mutated(random: Random, seeds: readonly Uint8Array[], words: readonly string[]): Uint8Array {
  if (seeds.length === 0 || random() < 0.02) return noise(random, Math.floor(random() ** 3 * 2000));
  let input = Buffer.from(pick(random, seeds));
  for (let changes = 1 + Math.floor(random() ** 2 * 8); changes > 0; changes--) input = pick(random, CHANGES)(input, random, seeds, words);
  return input.subarray(0, LONGEST);
}

type Change = (input: Buffer<ArrayBuffer>, random: Random, seeds: readonly Uint8Array[], words: readonly string[]) => Buffer<ArrayBuffer>;

const CHANGES: readonly Change[] = [
  (input, random) => set(input, random, (octet) => octet ^ (1 << Math.floor(random() * 8))),
  (input, random) => set(input, random, () => Math.floor(random() * 256)),
  (input, random) => set(input, random, () => pick(random, INTERESTING)),
  (input, random) => set(input, random, (octet) => octet + (random() < 0.5 ? 1 : -1)),
  (input, random) => input.subarray(0, Math.floor(random() * (input.length + 1))),
  (input, random) => cut(input, random, () => Buffer.alloc(0)),
  (input, random) => cut(input, random, (piece) => Buffer.concat([piece, piece])),
  (input, random) => put(input, random, noise(random, 1 + Math.floor(random() * 16))),
  (input, random, seeds) => put(input, random, piece(random, Buffer.from(pick(random, seeds)))),
  (input, random, _, words) => (words.length === 0 ? input : put(input, random, Buffer.from(pick(random, words), 'latin1'))),
];

function set(input: Buffer<ArrayBuffer>, random: Random, to: (octet: number) => number): Buffer<ArrayBuffer> {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const at = Math.floor(random() * input.length);
  changed[at] = to(changed[at]!);
  return changed;
}

/** Replaces a random piece of the input. */
function cut(input: Buffer<ArrayBuffer>, random: Random, by: (piece: Buffer) => Buffer): Buffer<ArrayBuffer> {
  const from = Math.floor(random() * (input.length + 1));
  const to = Math.min(input.length, from + 1 + Math.floor(random() ** 2 * 64));
  return Buffer.concat([input.subarray(0, from), by(input.subarray(from, to)), input.subarray(to)]);
}

function put(input: Buffer<ArrayBuffer>, random: Random, added: Uint8Array): Buffer<ArrayBuffer> {
  const at = Math.floor(random() * (input.length + 1));
  return Buffer.concat([input.subarray(0, at), added, input.subarray(random() < 0.5 ? at : Math.min(input.length, at + added.length))]);
}

function piece(random: Random, input: Buffer): Buffer {
  const from = Math.floor(random() * input.length);
  return input.subarray(from, from + 1 + Math.floor(random() ** 2 * 200));
}

function noise(random: Random, size: number): Buffer<ArrayBuffer> {
  return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
}
