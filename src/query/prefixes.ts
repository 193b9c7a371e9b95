/** Address prefixes in text form, and a binary trie of them: a lookup takes at most 32 or 128 steps, however many prefixes there are. */
import { formatAddress, parseAddress } from '../wire/address.ts';

export interface Prefix {
  /** 4 or 16 octets; the bits after the length are 0. */
  readonly address: Uint8Array;
  /** Bits. */
  readonly length: number;
}

/** Plain typed arrays, so that it can be posted to threads. Nodes 0 and 1 are the roots for IPv4 and IPv6. */
export interface PrefixTable {
  /** Two per node, for a bit of 0 and of 1; 0: none, since a root is never a child. */
  readonly children: Int32Array;
  /** The value of the prefix that ends at a node; -1: none. */
  readonly values: Int32Array;
}

/**
 * Reads `10.0.0.0/8`, or an address alone as a prefix of its full length; undefined if `text` is neither. Bits after the length are cleared. A prefix
 * of IPv4-mapped addresses becomes one of IPv4, since clients are known by their IPv4 address.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [, bare = '', digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(bare);
  if (address === undefined) return undefined;
  const length = digits === undefined ? address.length * 8 : Number(digits);
  if (length > address.length * 8) return undefined;
  const masked = maskAddress(address, length);
  const mapped = length >= 96 && formatAddress(maskAddress(address, 96)) === '::ffff:0:0';
  return mapped ? { address: masked.slice(12), length: length - 96 } : { address: masked, length };
}

/** Says what is wrong with a prefix with bits set behind its length, in which another length or another address was meant; undefined if nothing is. */
export function strayBits(text: string): string | undefined {
  const prefix = parsePrefix(text);
  const address = parseAddress(text.replace(/\/.*/, ''));
  if (prefix === undefined || address === undefined) return undefined;
  const isExact = Buffer.compare(address.subarray(-prefix.address.length), prefix.address) === 0;
  return isExact ? undefined : `"${text}" has bits set behind its length; ${formatPrefix(prefix)} would be right, or a longer length`;
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

export function maskAddress(address: Uint8Array, length: number): Uint8Array {
  return address.map((octet, index) => octet & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))));
}

/** `entries`: each prefix with its value, 0 or greater; of equal prefixes the first counts. */
export function prefixTable(entries: Iterable<readonly [Prefix, number]>): PrefixTable {
  const children = [0, 0, 0, 0];
  const values = [-1, -1];
  for (const [{ address, length }, value] of entries) {
    let node = rootOf(address);
    for (let bit = 0; bit < length; bit++) {
      const link = node * 2 + bitAt(address, bit);
      let child = children[link]!;
      if (child === 0) {
        child = children[link] = values.push(-1) - 1;
        children.push(0, 0);
      }
      node = child;
    }
    if (values[node] === -1) values[node] = value;
  }
  return { children: Int32Array.from(children), values: Int32Array.from(values) };
}

/** Builds a table of prefixes known to be valid, as in the options. */
export function prefixTableOf(texts: readonly string[]): PrefixTable {
  return prefixTable(texts.map((text): [Prefix, number] => [parsePrefix(text)!, 0]));
}

/** Writes the values of all prefixes that hold `address` to `found`, the shortest prefix first, and returns how many. `found` needs room for 129. */
export function matchPrefixes({ children, values }: PrefixTable, address: Uint8Array, found: Int32Array): number {
  const bits = address.length * 8;
  let node = rootOf(address);
  let count = 0;
  for (let bit = 0; ; bit++) {
    const value = values[node]!;
    if (value !== -1) found[count++] = value;
    if (bit === bits) return count;
    node = children[node * 2 + bitAt(address, bit)]!;
    if (node === 0) return count;
  }
}

/** Whether any prefix of the table holds `address`. */
export function holdsAddress({ children, values }: PrefixTable, address: Uint8Array): boolean {
  const bits = address.length * 8;
  let node = rootOf(address);
  for (let bit = 0; ; bit++) {
    if (values[node]! !== -1) return true;
    if (bit === bits) return false;
    node = children[node * 2 + bitAt(address, bit)]!;
    if (node === 0) return false;
  }
}

function rootOf(address: Uint8Array): number {
  return address.length === 4 ? 0 : 1;
}

function bitAt(address: Uint8Array, bit: number): number {
  return (address[bit >> 3]! >> (7 - (bit & 7))) & 1;
}
