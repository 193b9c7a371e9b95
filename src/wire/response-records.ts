/** Parses the records of a message into offsets (RFC 1035 section 4.1.3), each checked against the message's bounds. */
import { Type } from './iana.ts';
import { uint16At, uint32At } from './integers.ts';
import { readName, ROOT, type Name } from './name.ts';
import { HEADER_SIZE } from './query.ts';
import { rdataFits } from './rdata-names.ts';

export interface RecordAt {
  readonly section: 'answers' | 'authorities' | 'additionals';
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  /** Seconds; for an OPT record the extended RCODE, version and flags. */
  readonly ttl: number;
  /** Offsets in the message, `end` after the record. The TTL is 4 octets after `typeAt`, the rdata 10. */
  readonly start: number;
  readonly typeAt: number;
  readonly rdataAt: number;
  readonly end: number;
}

export interface Records {
  /** A copy with an invalid header, so that names that point into it are refused: they would change with each client's ID. */
  readonly message: Uint8Array;
  readonly records: readonly RecordAt[];
  readonly opt: RecordAt | undefined;
}

/** Reads the records that the header counts, from `start` on; undefined if malformed. TTLs above 2^31 - 1 become 0 (RFC 2181 section 8). */
export function readRecords(original: Uint8Array, start: number): Records | undefined {
  const counts = [6, 8, 10].map((at) => uint16At(original, at));
  const message = new Uint8Array(original).fill(0xff, 0, HEADER_SIZE);
  const records: RecordAt[] = [];
  let opt: RecordAt | undefined;
  let before: RecordAt | undefined;
  let at = start;
  for (const [index, section] of (['answers', 'authorities', 'additionals'] as const).entries()) {
    for (let left = counts[index]!; left > 0; left--) {
      const record = readRecord(message, at, section, before);
      if (record === undefined) return undefined;
      before = record;
      if (record.type === Type.OPT) {
        // RFC 6891 section 6.1.1: at most one, in the additional section, owned by the root.
        if (opt !== undefined || section !== 'additionals' || record.owner !== ROOT) return undefined;
        opt = record;
      } else records.push(record);
      at = record.end;
    }
  }
  return { message, records, opt };
}

function readRecord(message: Uint8Array, start: number, section: RecordAt['section'], before?: RecordAt): RecordAt | undefined {
  const owner = isOwnedAlike(message, start, before) ? { name: before.owner, end: start + 2 } : readName(message, start);
  if (owner === undefined || owner.end + 10 > message.length) return undefined;
  const typeAt = owner.end;
  const type = uint16At(message, typeAt);
  const rdataAt = typeAt + 10;
  const end = rdataAt + uint16At(message, typeAt + 8);
  if (end > message.length || !rdataFits(message, type, rdataAt, end)) return undefined;
  if (type !== Type.OPT && message[typeAt + 4]! > 0x7f) message.fill(0, typeAt + 4, typeAt + 8);
  const ttl = uint32At(message, typeAt + 4);
  return { section, owner: owner.name, type, class: uint16At(message, typeAt + 2), ttl, start, typeAt, rdataAt, end };
}

/** Whether the owner is the same pointer as the previous record's, so that the owner of a large RRset is read once. */
function isOwnedAlike(message: Uint8Array, start: number, before: RecordAt | undefined): before is RecordAt {
  if (before === undefined || message[start]! < 0xc0) return false;
  return message[start] === message[before.start] && message[start + 1] === message[before.start + 1];
}
