/** Packs the local data of policies into octets, which threads can share. */
import type { RRset } from '../../wire/records.ts';

/** A count, then each RRset: type, TTL, number of records, and for each its length and rdata. Numbers are 4 octets, little-endian. */
export function packRRsets(rrsets: readonly RRset[]): Uint8Array {
  const number = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
  const parts = rrsets.flatMap(({ type, ttl, rdata }) => {
    const records = eachOnce(rdata);
    return [...[type, ttl, records.length].map(number), ...records.flatMap((octets) => [number(octets.length), octets])];
  });
  return Buffer.concat([number(rrsets.length), ...parts]);
}

/** An RRset has no record twice (RFC 2181 section 5). */
function eachOnce(rdata: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(rdata.map((octets) => [Buffer.from(octets).toString('latin1'), octets])).values()];
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
