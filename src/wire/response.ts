/** Parses an upstream's response into an answer, keeping only what belongs to the question (RFC 1035 section 4.1, RFC 2181, RFC 2308, RFC 5452). */
import { Source, type Answer } from './answer.ts';
import { withEqualTtls } from './equal-ttls.ts';
import { EdnsOption, Opcode, Rcode, rcodeName, Type } from './iana.ts';
import { uint16At } from './integers.ts';
import { isWithin, lowerOctet, nameToText } from './name.ts';
import { HEADER_SIZE } from './query.ts';
import type { Question } from './question.ts';
import { layRecords } from './response-body.ts';
import { belongingRecords } from './response-chain.ts';
import { readRecords, type RecordAt } from './response-records.ts';

/**
 * Why a response is not an answer. `lame`: the server neither is authoritative for the name nor resolves it; `formerr`: the server did not
 * understand the query (RCODE FORMERR or NOTIMP).
 */
export type Flaw = 'malformed' | 'mismatch' | 'truncated' | 'lame' | 'cname-loop' | 'formerr' | 'servfail' | 'refused';

export interface Problem {
  readonly flaw: Flaw;
  /** For a log line: what was wrong, with the value. */
  readonly text: string;
  /** The upstream's own extended error. */
  readonly extendedError?: Answer['extendedError'];
  /** The part of the answer that was received: better than an error if no other upstream has all of it. */
  readonly lastResort?: Answer;
}

/**
 * Parses `message`, the whole response to `question`; `now` is Clock.monotonic() (ms), from which its TTLs count down. An RCODE other than NOERROR,
 * NXDOMAIN and YXDOMAIN (RFC 6672 section 2.2: a DNAME makes a name too long) is a problem, since another upstream may know better. The additional
 * section is left out: clients query for what they need, and forged addresses have no other way in. The message is neither changed nor kept.
 */
export function readResponse(message: Uint8Array, question: Question, now: number): Answer | Problem {
  const start = HEADER_SIZE + question.name.length + 4;
  if (message.length < HEADER_SIZE) return { flaw: 'malformed', text: `a response of ${message.length} octets` };
  const rcode = message[3]! & 0x0f;
  if ((message[2]! & 0xf8) !== (0x80 | (Opcode.QUERY << 3))) return { flaw: 'mismatch', text: 'no response to a query' };
  if (!echoes(message, question))
    return rcode !== 0 && message[5] === 0 ? failure(rcode) : { flaw: 'mismatch', text: 'answers another question' };
  const truncated = (message[2]! & 0x02) !== 0;
  const read = readRecords(message, start);
  if (read === undefined && truncated) return { flaw: 'truncated', text: 'truncated' };
  if (read === undefined) return { flaw: 'malformed', text: `records that cannot be read, in ${message.length} octets` };
  const found = withEqualTtls(read);
  const extendedError = found.opt && readExtendedError(found.message, found.opt);
  const extended = rcode | (((found.opt?.ttl ?? 0) >>> 24) << 4);
  if (!ANSWERS.has(extended)) return { ...failure(extended), extendedError };
  const kept = belongingRecords(found, question);
  if (kept === undefined) return { flaw: 'cname-loop', text: `CNAMEs of ${nameToText(question.name)} lead back to it or on too far` };
  const answer: Answer = {
    rcode: extended,
    authoritative: false,
    ...layRecords(found, start, question.name, kept, now),
    authenticData: (message[3]! & 0x20) !== 0,
    // An upstream that resolves (RA) has followed the alias.
    leadsOn: extended === Rcode.NOERROR && (message[3]! & 0x80) === 0 && leadsOn(kept, question),
    extendedError,
    source: Source.forward,
  };
  // A client that cannot use TCP makes do with the records that fit, as it would if it queried the upstream itself.
  if (truncated) return { flaw: 'truncated', text: 'truncated', ...(answer.answers > 0 && { lastResort: { ...answer, truncated } }) };
  return extended !== Rcode.NOERROR || answer.answers > 0 || kept.some((record) => record.type === Type.SOA)
    ? answer
    : empty(message, found.records, question, answer);
}

/** Whether there is a CNAME, but neither records of the type nor an SOA for its target. */
function leadsOn(kept: readonly RecordAt[], { type }: Question): boolean {
  const answers = kept.filter(({ section }) => section === 'answers');
  const isOpen = answers.some((record) => record.type === Type.CNAME) && !answers.some((record) => record.type === type);
  return isOpen && type !== Type.ANY && !kept.some((record) => record.type === Type.SOA);
}

/** Whether `message` has exactly one question and it is `question`, in any letter case. */
function echoes(message: Uint8Array, { name, type }: Question): boolean {
  const end = HEADER_SIZE + name.length;
  if (message[4] !== 0 || message[5] !== 1 || message.length < end + 4) return false;
  for (let i = 0; i < name.length; i++) if (lowerOctet(message[HEADER_SIZE + i]!) !== name.charCodeAt(i)) return false;
  return uint16At(message, end) === type && message[end + 2] === 0 && message[end + 3] === 1;
}

const ANSWERS: ReadonlySet<number> = new Set([Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.YXDOMAIN]);

const FLAWS: Readonly<Record<number, Flaw>> = { [Rcode.FORMERR]: 'formerr', [Rcode.NOTIMP]: 'formerr', [Rcode.SERVFAIL]: 'servfail' };

function failure(rcode: number): Problem {
  return { flaw: FLAWS[rcode] ?? 'refused', text: rcodeName(rcode) };
}

/**
 * Judges NOERROR with neither answer records nor SOA. A referral is not an answer. Otherwise it is NODATA if the server resolves (RA) or is
 * authoritative (AA) and only omits the SOA, as dnsmasq does for its own names: without an SOA it is not cached (RFC 2308 section 5).
 */
function empty(message: Uint8Array, records: readonly RecordAt[], question: Question, answer: Answer): Answer | Problem {
  const referral = records.find(
    ({ type, owner, section }) => section === 'authorities' && type === Type.NS && isWithin(question.name, owner),
  );
  if (referral !== undefined) return { flaw: 'lame', text: `a referral to the servers of ${nameToText(referral.owner)}` };
  // Records of something else say nothing about the question.
  if (records.some(({ section }) => section === 'answers')) return { flaw: 'lame', text: 'only records that were not asked for' };
  const knows = (message[2]! & 0x04) !== 0 || (message[3]! & 0x80) !== 0;
  return knows ? answer : { flaw: 'lame', text: 'neither records nor SOA' };
}

/** Octets at which a text is cut; it is only for people to read. */
const MAX_TEXT = 120;

/** Returns the first extended error in an OPT record (RFC 8914 section 2), with its text as printable ASCII. */
function readExtendedError(message: Uint8Array, opt: RecordAt): Answer['extendedError'] {
  for (let at = opt.rdataAt; at + 4 <= opt.end;) {
    const end = at + 4 + uint16At(message, at + 2);
    if (end > opt.end) return undefined;
    if (uint16At(message, at) === EdnsOption.EXTENDED_ERROR && end >= at + 6) {
      const text = Buffer.from(message.subarray(at + 6, Math.min(end, at + 6 + MAX_TEXT))).toString('latin1');
      return { code: uint16At(message, at + 4), text: text.replace(/[^ -~]/g, '') };
    }
    at = end;
  }
  return undefined;
}

export function isProblem(result: Answer | Problem): result is Problem {
  return 'flaw' in result;
}
