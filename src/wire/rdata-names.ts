/** Where rdata contains names that a message may compress (types: RFC 3597 section 4), so that they can be checked and decompressed. */
import { Type } from './iana.ts';
import { nameToWire, readName } from './name.ts';

/** Octets before the names, number of names, octets after them. Types not listed are opaque: nothing in them may be compressed. */
const LAYOUT: Readonly<Record<number, readonly [before: number, names: number, behind: number]>> = {
  [Type.A]: [4, 0, 0],
  [Type.AAAA]: [16, 0, 0],
  [Type.NS]: [0, 1, 0],
  [Type.CNAME]: [0, 1, 0],
  [Type.PTR]: [0, 1, 0],
  [Type.DNAME]: [0, 1, 0],
  [Type.SOA]: [0, 2, 20],
  [Type.MX]: [2, 1, 0],
  [Type.SRV]: [6, 1, 0],
  // Rare, but old enough for servers to compress them.
  [Type.MD]: [0, 1, 0],
  [Type.MF]: [0, 1, 0],
  [Type.MB]: [0, 1, 0],
  [Type.MG]: [0, 1, 0],
  [Type.MR]: [0, 1, 0],
  [Type.MINFO]: [0, 2, 0],
  [Type.RP]: [0, 2, 0],
  [Type.AFSDB]: [2, 1, 0],
  [Type.RT]: [2, 1, 0],
  [Type.PX]: [2, 2, 0],
  [Type.KX]: [2, 1, 0],
  // Behind the strings: see namesAt.
  [Type.NAPTR]: [4, 1, 0],
};
/** Character strings between the fixed octets and the name of NAPTR (RFC 3403 section 4.1): flags, services, regular expression. */
const NAPTR_STRINGS = 3;

/** Returns the offset of the first name in the rdata at `at`; not a number if the message ends before. */
function namesAt(message: Uint8Array, type: number, at: number, before: number): number {
  at += before;
  if (type === Type.NAPTR) for (let left = NAPTR_STRINGS; left > 0; left--) at += 1 + (message[at] ?? NaN);
  return at;
}

/** Reports whether the rdata in `message[at..end)` has the form of its type, with valid names. */
export function rdataFits(message: Uint8Array, type: number, at: number, end: number): boolean {
  const layout = LAYOUT[type];
  if (layout === undefined) return true;
  const [before, names, behind] = layout;
  at = namesAt(message, type, at, before);
  for (let i = 0; i < names; i++) {
    const found = readName(message, at);
    if (found === undefined) return false;
    at = found.end;
  }
  return at + behind === end;
}

/** Returns the rdata, which `rdataFits` has accepted, with its names uncompressed. */
export function plainRdata(message: Uint8Array, type: number, at: number, end: number): Uint8Array {
  const [before, names] = LAYOUT[type] ?? [0, 0];
  if (names === 0) return message.subarray(at, end);
  const first = namesAt(message, type, at, before);
  const parts = [message.subarray(at, first)];
  at = first;
  for (let i = 0; i < names; i++) {
    const found = readName(message, at)!;
    parts.push(nameToWire(found.name));
    at = found.end;
  }
  return Buffer.concat([...parts, message.subarray(at, end)]);
}
