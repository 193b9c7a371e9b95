/** Compares two nameservers' replies to one question: RCODE, the set of answers, and their TTLs. */
import { rcodeName, Type, typeName } from '../../src/wire/iana.ts';
import { nameToText } from '../../src/wire/name.ts';
import { HEADER_SIZE } from '../../src/wire/query.ts';
import { plainRdata } from '../../src/wire/rdata-names.ts';
import { rdataToText } from '../../src/wire/rdata.ts';
import { readRecords, type RecordAt } from '../../src/wire/response-records.ts';
import type { PlainQuestion } from './questions.ts';

/** A reply as text, or why there was none. */
export type Reply = { readonly rcode: string; readonly answers: Readonly<Record<string, number>> } | { readonly failure: string };

export interface Difference {
  readonly name: string;
  readonly type: string;
  /** `answer`: RCODEs or records differ, or one did not answer; `ttl`: only TTLs differ, by more than allowed; `unanswered`: neither answered. */
  readonly kind: 'answer' | 'ttl' | 'unanswered';
  readonly ours: Reply;
  readonly theirs: Reply;
}

export interface Comparison {
  /** URLs of the two. */
  readonly ours: string;
  readonly theirs: string;
  readonly questions: number;
  readonly differences: readonly Difference[];
  /** What neither answered, so that nothing could be compared. */
  readonly unanswered: readonly Difference[];
}

/** `message` is the whole response. The order of records does not matter, nor does the case of names. */
export function readReply(message: Uint8Array, { message: query }: PlainQuestion): Reply {
  // Some error responses lack the question.
  const found = readRecords(message, message[5] === 0 ? HEADER_SIZE : query.length - EDNS_SIZE);
  if (found === undefined) return { failure: `a response of ${message.length} octets that cannot be read` };
  const rcode = (message[3]! & 0x0f) | (((found.opt?.ttl ?? 0) >>> 24) << 4);
  const answers = found.records
    .filter(({ section }) => section === 'answers')
    .map((record) => [recordText(found.message, record), record.ttl]);
  return {
    rcode: rcodeName(rcode),
    answers: Object.fromEntries(answers.toSorted(([a], [b]) => (a! < b! ? -1 : 1))) as Record<string, number>,
  };
}

/** Size of the OPT record in our own questions, octets. */
const EDNS_SIZE = 11;

function recordText(message: Uint8Array, { owner, type, rdataAt, end }: RecordAt): string {
  const text = rdataToText(type, plainRdata(message, type, rdataAt, end));
  // Each server has its own serial.
  return `${nameToText(owner)} ${typeName(type)} ${type === Type.SOA ? text.replace(/^(\S+ \S+) \d+/, '$1 (serial)') : text}`;
}

/** Returns undefined when they agree. `tolerance`: seconds by which TTLs may differ, since cached ones count down. */
export function compareReplies({ name, type }: PlainQuestion, ours: Reply, theirs: Reply, tolerance: number): Difference | undefined {
  const different = (kind: Difference['kind']): Difference => ({ name, type, kind, ours, theirs });
  if ('failure' in ours || 'failure' in theirs) {
    return different('failure' in ours && 'failure' in theirs ? 'unanswered' : 'answer');
  }
  const [mine, others] = [Object.keys(ours.answers), Object.keys(theirs.answers)];
  const same = ours.rcode === theirs.rcode && mine.length === others.length && mine.every((text) => text in theirs.answers);
  if (!same) return different('answer');
  const apart = mine.some((text) => Math.abs(ours.answers[text]! - theirs.answers[text]!) > tolerance);
  return apart ? different('ttl') : undefined;
}
