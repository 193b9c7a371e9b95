/** Appends the answer for a CNAME's target to the CNAME: the records' offsets in the message change, so their names are compressed again. */
import { ageOf, type Answer } from './answer.ts';
import { nameToWire, readName, type Name } from './name.ts';
import { HEADER_SIZE } from './query.ts';
import { plainRdata, rdataFits } from './rdata-names.ts';
import { BodyWriter, type RRset } from './records.ts';

/** A record read from a message, its names uncompressed. */
export interface ResourceRecord {
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  /** Remaining seconds. */
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/**
 * Returns the answer to `question`: the answer section of `first`, then that of `second`, the answer for `target`. AA and RCODE are those of
 * `first`. TTLs have counted down until `now`, Clock.monotonic() in ms. `withAuthorities`: keep the SOA of a denial, by which clients know for
 * how long to believe it (RFC 2308 section 2), and with DO the proofs of both: of a denial, or of a wildcard (RFC 4035 section 3.1.3).
 */
export function appendAnswers(question: Name, first: Answer, target: Name, second: Answer, now: number, withAuthorities = false): Answer {
  const body = new BodyWriter(question);
  const records = [...answerRecords(question, first, now), ...answerRecords(target, second, now)];
  for (const { owner, ...rrset } of rrsetsOf(records)) body.addRRset('answers', owner, rrset);
  if (withAuthorities) {
    const authorities = [
      ...bodyRecords(question, first, now).slice(first.answers),
      ...bodyRecords(target, second, now).slice(second.answers),
    ];
    for (const { owner, type, ttl, rdata } of authorities) body.add('authorities', owner, type, ttl, rdata);
  }
  const answer = body.answer(first.rcode, first.authoritative, first.source);
  return {
    ...answer,
    truncated: answer.truncated === true || second.truncated === true,
    leadsOn: second.leadsOn,
    extendedError: first.extendedError ?? second.extendedError,
  };
}

/** Groups consecutive records of one owner and type into an RRset; if their TTLs differ, the lowest applies (RFC 2181 section 5.2). */
function rrsetsOf(records: readonly ResourceRecord[]): (RRset & { readonly owner: Name })[] {
  const rrsets: { owner: Name; type: number; ttl: number; rdata: Uint8Array[] }[] = [];
  for (const { owner, type, ttl, rdata } of records) {
    const last = rrsets.at(-1);
    if (last?.owner !== owner || last.type !== type) rrsets.push({ owner, type, ttl, rdata: [rdata] });
    else {
      last.rdata.push(rdata);
      last.ttl = Math.min(last.ttl, ttl);
    }
  }
  return rrsets;
}

/** Returns the records in the answer section of `answer`, the answer for `question`. */
export function answerRecords(question: Name, answer: Answer, now: number): ResourceRecord[] {
  return bodyRecords(question, answer, now, answer.answers);
}

/** Returns the first `count` records of `answer`, the answer for `question`: by default those of its answer and authority sections. */
function bodyRecords(question: Name, answer: Answer, now: number, count = answer.answers + answer.authorities): ResourceRecord[] {
  const message = Buffer.concat([new Uint8Array(HEADER_SIZE), nameToWire(question), new Uint8Array(4), answer.body]);
  const elapsed = ageOf(answer, now);
  const records: ResourceRecord[] = [];
  let at = HEADER_SIZE + question.length + 4;
  for (let i = 0; i < count; i++) {
    const owner = readName(message, at);
    if (owner === undefined || owner.end + 10 > message.length) break;
    const type = message.readUInt16BE(owner.end);
    const start = owner.end + 10;
    const end = start + message.readUInt16BE(owner.end + 8);
    const ttl = Math.max(0, message.readUInt32BE(owner.end + 4) - elapsed);
    records.push({
      owner: owner.name,
      type,
      class: message.readUInt16BE(owner.end + 2),
      ttl,
      rdata: rdataFits(message, type, start, end) ? plainRdata(message, type, start, end) : message.subarray(start, end),
    });
    at = end;
  }
  return records;
}
