/** Gives the records of an RRset one TTL: where a server sends differing ones, the lowest applies (RFC 2181 section 5.2). */
import { Type } from './iana.ts';
import type { RecordAt, Records } from './response-records.ts';

/** Returns `found` with equal TTLs in each RRset, also in its message. Records of an RRset follow each other. */
export function withEqualTtls(found: Records): Records {
  const { message, records } = found;
  if (!records.some((record, index) => index > 0 && isOfOneRRset(records[index - 1]!, record) && record.ttl !== records[index - 1]!.ttl))
    return found;
  const equal: RecordAt[] = [];
  for (let first = 0, end = 0; first < records.length; first = end) {
    let lowest = records[first]!;
    for (end = first + 1; end < records.length && isOfOneRRset(lowest, records[end]!); end++)
      if (records[end]!.ttl < lowest.ttl) lowest = records[end]!;
    for (const record of records.slice(first, end)) {
      message.copyWithin(record.typeAt + 4, lowest.typeAt + 4, lowest.typeAt + 8);
      equal.push({ ...record, ttl: lowest.ttl });
    }
  }
  return { ...found, records: equal };
}

/** RRSIG records form no RRset: each has the TTL of the RRset that it covers (RFC 4034 section 3). */
function isOfOneRRset(one: RecordAt, other: RecordAt): boolean {
  return one.type === other.type && one.owner === other.owner && one.section === other.section && one.type !== Type.RRSIG;
}
