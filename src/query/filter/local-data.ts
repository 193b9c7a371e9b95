/** Packs the local data of policies into octets, which threads can share. */
import type { RRset } from '../../wire/records.ts';

/** A count, then each RRset: type, TTL, number of records, and for each its length and rdata. Numbers are 4 octets, little-endian. */
export function packRRsets(rrsets: readonly RRset[]): Uint8Array {
  const number = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
  const parts = rrsets.flatMap((rrset) => [
    ...[rrset.type, rrset.ttl, rrset.rdata.length].map(number),
    ...rrset.rdata.flatMap((rdata) => [number(rdata.length), rdata]),
  ]);
  return Buffer.concat([number(rrsets.length), ...parts]);
}

/** Reads the RRsets packed at offset `at`. */
export function readRRsets(packed: Uint8Array, at: number): RRset[] {
  const number = (): number => (packed[at++]! | (packed[at++]! << 8) | (packed[at++]! << 16) | (packed[at++]! << 24)) >>> 0;
  return Array.from({ length: number() }, () => {
    const [type, ttl, count] = [number(), number(), number()];
    const rdata = Array.from({ length: count }, () => {
      const size = number();
      at += size;
      return packed.slice(at - size, at);
    });
    return { type, ttl, rdata };
  });
}
