/** Writes a zone as a master file (RFC 1035 section 5). */
import { typeName } from '../wire/iana.ts';
import { nameToText } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import type { Node } from './node.ts';
import type { Zone } from './zone.ts';

/** Yields one record per line, names fully qualified: the apex's first, beginning with the SOA, the rest sorted so equal zones give equal text. */
export function* masterFile(zone: Zone): Generator<string> {
  yield `; zone ${nameToText(zone.apex)} serial ${zone.serial}`;
  const [apex, ...others] = zone.nodes();
  if (apex === undefined) return;
  const lines = others.flatMap((node) => recordLines(node)).sort();
  yield* recordLines(apex);
  yield* lines;
}

function recordLines(node: Node): string[] {
  return node.rrsets.flatMap(({ type, ttl, rdata }) =>
    Array.from(rdata, (octets) => `${nameToText(node.name)}\t${ttl}\tIN\t${typeName(type)}\t${rdataToText(type, octets)}`),
  );
}
