/** Joins the answer for a CNAME's target behind the CNAME itself: records change their place in the message, so their names are written anew. */
import { type Answer } from './answer.ts';
import { Type } from './iana.ts';
import { nameToWire, readName, type Name } from './name.ts';
import { HEADER_SIZE } from './query.ts';
import { BodyWriter } from './records.ts';

/** One record read out of a message, its names uncompressed. */
export interface ResourceRecord {
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  /** Seconds left. */
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/**
 * The answer to `question`: the records of `first`, then the answer section of `second`, which was given for `target`.
 * `now` is Clock.monotonic(), ms: ages count until then. AA and RCODE are those of `first`.
 */
export function appendAnswers(question: Name, first: Answer, target: Name, second: Answer, now: number): Answer {
  const body = new BodyWriter(question);
  for (const record of [...answerRecords(question, first, now), ...answerRecords(target, second, now)]) {
    body.add('answers', record.owner, record.type, record.ttl, record.rdata);
  }
  const answer = body.answer(first.rcode, first.authoritative, first.source);
  return {
    ...answer,
    truncated: answer.truncated === true || second.truncated === true,
    extendedError: first.extendedError ?? second.extendedError,
  };
}

/** The records of the answer section of `answer`, which was given for `question`. */
export function answerRecords(question: Name, answer: Answer, now: number): ResourceRecord[] {
  const message = Buffer.concat([new Uint8Array(HEADER_SIZE), nameToWire(question), new Uint8Array(4), answer.body]);
  const elapsed = answer.ageing === undefined ? 0 : Math.max(0, Math.floor((now - answer.ageing.since) / 1000));
  const records: ResourceRecord[] = [];
  let at = HEADER_SIZE + question.length + 4;
  for (let i = 0; i < answer.answers; i++) {
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
      rdata: uncompressed(message, type, start, end),
    });
    at = end;
  }
  return records;
}

/** Where names lie in the rdata of types that may be compressed (RFC 3597 section 4): octets in front of them, and how many follow. */
const NAMES: Readonly<Record<number, readonly [before: number, names: number]>> = {
  [Type.NS]: [0, 1],
  [Type.CNAME]: [0, 1],
  [Type.DNAME]: [0, 1],
  [Type.PTR]: [0, 1],
  [Type.SOA]: [0, 2],
  [Type.MX]: [2, 1],
  [Type.SRV]: [6, 1],
};

function uncompressed(message: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const layout = NAMES[type];
  if (layout === undefined) return message.slice(start, end);
  const parts: Uint8Array[] = [message.slice(start, start + layout[0])];
  let at = start + layout[0];
  for (let i = 0; i < layout[1]; i++) {
    const found = readName(message, at);
    if (found === undefined || found.end > end) return message.slice(start, end);
    parts.push(nameToWire(found.name));
    at = found.end;
  }
  return Buffer.concat([...parts, message.subarray(at, end)]);
}
