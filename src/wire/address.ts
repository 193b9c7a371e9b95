/**
 * IP addresses as octets: parsing them from text (RFC 4291 section 2.2) and formatting them as text (RFC 5952). `node:net` is not asked, whose expression for
 * IPv6 takes 10 ms to compile, in each thread that starts.
 */
import { uint16At } from './integers.ts';

/** Returns 4 or 16 octets; undefined if `text` is not an IP address or has a zone index (%eth0). An IPv4-mapped IPv6 address stays 16 octets. */
export function parseAddress(text: string): Uint8Array | undefined {
  const octets = parseIPv4(text);
  return octets ?? (text.includes(':') ? parseIPv6(text) : undefined);
}

/** Whether `host`, an address or a host name, is an IPv6 address. */
export function isIPv6(host: string): boolean {
  return host.includes(':');
}

/** Returns an IP address as the host of a URL (RFC 3986 section 3.2.2); names stay as they are. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
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

function parseIPv6(text: string): Uint8Array | undefined {
  const [before = '', after, ...more] = text.split('::');
  const left = groupsOf(before, after === undefined);
  const right = groupsOf(after ?? '', true);
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const missing = 16 - left.length - right.length;
  // `::` stands for one group at least.
  if (after === undefined ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...left, ...Array<number>(missing).fill(0), ...right]);
}

/** Returns the octets of groups with colons between them; the last one may be a dotted quad if `isLast`. */
function groupsOf(text: string, isLast: boolean): number[] | undefined {
  const octets: number[] = [];
  if (text === '') return octets;
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const quad = isLast && index === groups.length - 1 ? parseIPv4(group) : undefined;
    if (quad !== undefined) octets.push(...quad);
    else if (!GROUP.test(group)) return undefined;
    else octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
  }
  return octets;
}

const GROUP = /^[0-9a-f]{1,4}$/i;

function formatIPv6(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push(uint16At(octets, index));
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
