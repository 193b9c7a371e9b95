/** IP addresses as octets: parsing them from text and formatting them as text (RFC 5952). */
import { isIPv6 } from 'node:net';

/** Returns 4 or 16 octets; undefined if `text` is not an IP address or has a zone index (%eth0). An IPv4-mapped IPv6 address stays 16 octets. */
export function parseAddress(text: string): Uint8Array | undefined {
  const octets = parseIPv4(text);
  if (octets !== undefined) return octets;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return parseIPv6(text);
}

/** Returns a dotted quad for IPv4, RFC 5952 text for IPv6. */
export function formatAddress(octets: Uint8Array): string {
  return octets.length === 4 ? octets.join('.') : formatIPv6(octets);
}

/** Parses four decimal numbers up to 255 without leading zeros. Written by hand for speed: a large cluster has 150,000 to read at startup. */
function parseIPv4(text: string): Uint8Array | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  const octets = new Uint8Array(4);
  let index = 0;
  let value = -1;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === DOT) {
      if (value === -1 || index === 3) return undefined;
      octets[index++] = value;
      value = -1;
    } else {
      const digit = char - ZERO;
      if (digit < 0 || digit > 9 || value === 0) return undefined;
      value = value === -1 ? digit : value * 10 + digit;
      if (value > 255) return undefined;
    }
  }
  if (value === -1 || index !== 3) return undefined;
  octets[3] = value;
  return octets;
}

const DOT = 0x2e;
const ZERO = 0x30;

function parseIPv6(text: string): Uint8Array {
  const lastColon = text.lastIndexOf(':');
  const tail = text.slice(lastColon + 1);
  if (tail.includes('.')) {
    const [a, b, c, d] = parseIPv4(tail) as unknown as [number, number, number, number];
    text = `${text.slice(0, lastColon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', rest] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const groups = [...left, ...Array<string>(rest === undefined ? 0 : 8 - left.length - right.length).fill('0'), ...right];
  const octets = new Uint8Array(16);
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    octets[index * 2] = value >> 8;
    octets[index * 2 + 1] = value & 0xff;
  });
  return octets;
}

function formatIPv6(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((octets[index]! << 8) | octets[index + 1]!);
  // RFC 5952 section 4.2: the longest run of two or more zero groups becomes "::"; of equally long runs, the first.
  let best = 0;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestLength < 2) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
}
