/** Integers in a message, unsigned and in network order (RFC 1035 section 2.3.2). A DataView would be one more object for each message. */

export function uint16At(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

export function uint32At(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

export function writeUint16(target: Uint8Array, at: number, value: number): void {
  target[at] = value >> 8;
  target[at + 1] = value;
}

export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
