/** Numbers of 16 bits in a message, in network order (RFC 1035 section 2.3.2). */

export function writeUint16(target: Uint8Array, at: number, value: number): void {
  target[at] = value >> 8;
  target[at + 1] = value;
}
