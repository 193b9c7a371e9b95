/** Writes text as octets into one buffer, with no string in between: the query log writes hundreds of thousands of lines a second. */
import { formatAddress } from '../wire/address.ts';

/** Most octets of one line: a name of 255 octets, each as an escape of 5, and the rest. */
export const MAX_LINE = 2048;

/** A buffer and the number of octets written to it. */
export class LineWriter {
  readonly buffer: Buffer;
  length = 0;

  constructor(size: number) {
    this.buffer = Buffer.alloc(size);
  }

  get hasRoom(): boolean {
    return this.length + MAX_LINE <= this.buffer.length;
  }

  /** Copies short arrays with a loop: a call to `set` costs as much as some twenty octets. */
  octets(octets: Uint8Array): void {
    const { buffer } = this;
    let at = this.length;
    if (octets.length > 20) {
      buffer.set(octets, at);
      at += octets.length;
    } else for (let i = 0; i < octets.length; i++) buffer[at++] = octets[i]!;
    this.length = at;
  }

  /** Writes ASCII text. */
  text(text: string): void {
    const { buffer } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) buffer[at++] = text.charCodeAt(i);
    this.length = at;
  }

  integer(value: number): void {
    if (value < 1000) {
      this.padded(value, value < 10 ? 1 : value < 100 ? 2 : 3);
      return;
    }
    const thousands = Math.floor(value / 1000);
    this.integer(thousands);
    this.padded(value - thousands * 1000, 3);
  }

  /** Writes `value`, given in thousandths: 1234 becomes 1.234. */
  thousandths(value: number): void {
    const whole = Math.floor(value / 1000);
    this.integer(whole);
    this.buffer[this.length++] = 0x2e;
    this.padded(value - whole * 1000, 3);
  }

  /** Writes the last `length` decimal digits of `value`, padded with zeros. */
  padded(value: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      this.buffer[this.length + i] = 0x30 + (value % 10);
      value = Math.floor(value / 10);
    }
    this.length += length;
  }

  /** Writes an address of `size` octets, 4 or 16. */
  address(octets: Uint8Array, at: number, size: number): void {
    if (size !== 4) {
      this.text(ipv6Text(octets, at));
      return;
    }
    for (let i = 0; i < 4; i++) {
      if (i > 0) this.buffer[this.length++] = 0x2e;
      this.integer(octets[at + i]!);
    }
  }

  /** Writes a wire-form name as master-file text for a quoted string; `doubled` escapes the `\` of each escape once more, for JSON. */
  name(octets: Uint8Array, at: number, doubled: boolean): void {
    const { buffer } = this;
    let label = octets[at]!;
    let to = this.length;
    if (label === 0) buffer[to++] = 0x2e;
    while (label > 0) {
      const end = at + 1 + label;
      for (at++; at < end; at++) {
        const octet = octets[at]!;
        if (plain[octet] === 1) {
          buffer[to++] = octet;
          continue;
        }
        buffer[to++] = 0x5c;
        if (doubled) buffer[to++] = 0x5c;
        this.length = to;
        this.padded(octet, 3);
        to = this.length;
      }
      buffer[to++] = 0x2e;
      label = octets[at]!;
    }
    this.length = to;
  }
}

/** IPv6 addresses whose texts are kept, since the same clients keep asking. */
const REMEMBERED = 4096;
const ipv6Texts = new Map<string, string>();

function ipv6Text(octets: Uint8Array, at: number): string {
  const address = Buffer.from(octets.buffer, octets.byteOffset + at, 16);
  const key = address.toString('latin1');
  let text = ipv6Texts.get(key);
  if (text === undefined) {
    if (ipv6Texts.size === REMEMBERED) ipv6Texts.clear();
    ipv6Texts.set(key, (text = formatAddress(address)));
  }
  return text;
}

/** Octets written as they are; all others, such as a dot inside a label, become `\DDD` (RFC 1035 section 5.1). */
const plain = new Uint8Array(256);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*/+=:,!#%&'~^|<>?[]{}") plain[char.charCodeAt(0)] = 1;
