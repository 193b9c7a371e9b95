/** Reads values that several kinds of master-file fields share (RFC 1035 section 5.1). */
import { parseAddress } from '../../wire/address.ts';

/** Replaces `\X` and `\DDD` by the octet that each means; every character of the result is one octet. */
export function unescaped(text: string): string {
  return text.replace(/\\(\d{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped) & 0xff) : escaped,
  );
}

/** Reads an address of `size` octets. */
export function addressFrom(text: string, size: 4 | 16): Uint8Array | undefined {
  const octets = parseAddress(text);
  return octets?.length === size ? octets : undefined;
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}
