/** Makes an answer's body from the kept records of an upstream's response: copied if they are its first ones, otherwise rewritten. */
import { Source, type Answer } from './answer.ts';
import { Rcode, Type } from './iana.ts';
import { uint16At } from './integers.ts';
import { nameEnd, type Name } from './name.ts';
import { HEADER_SIZE } from './query.ts';
import { plainRdata } from './rdata-names.ts';
import { BodyWriter } from './records.ts';
import type { RecordAt, Records } from './response-records.ts';

type Body = Pick<Answer, 'body' | 'answers' | 'authorities' | 'additionals' | 'ends' | 'rotating' | 'ageing' | 'truncated'>;

/** `start`: offset of the first record. `since`: Clock.monotonic(), ms. */
export function layRecords(found: Records, start: number, question: Name, kept: readonly RecordAt[], since: number): Body {
  // Leaving out records at the end is safe: compression pointers lead backwards only.
  const asTheyLie = kept.every((record, index) => record === found.records[index] && isCompressed(found.message, record, question));
  const body = asTheyLie ? copyRecords(found.message, start, kept) : rewriteRecords(found.message, question, kept);
  const ttlOffsets = new Uint16Array(body.ends.length);
  for (let i = 0; i < ttlOffsets.length; i++) ttlOffsets[i] = nameEnd(body.body, i === 0 ? 0 : body.ends[i - 1]!) + 4;
  // If records found no room, `kept` is more than the body holds, so the count would be wrong.
  const turns = body.truncated === true ? 0 : rotating(kept, asTheyLie ? found.message : undefined);
  return { ...body, rotating: turns, ageing: { since, ttlOffsets } };
}

/** An owner equal to the question's name but not a pointer to it is longer than necessary, and in the random case we sent. */
function isCompressed(message: Uint8Array, { owner, start }: RecordAt, question: Name): boolean {
  return owner !== question || (message[start] === 0xc0 && message[start + 1] === HEADER_SIZE);
}

type Laid = Omit<Body, 'rotating' | 'ageing'>;

function copyRecords(message: Uint8Array, start: number, kept: readonly RecordAt[]): Laid {
  const answers = kept.filter((record) => record.section === 'answers').length;
  const ends = new Uint16Array(kept.length);
  kept.forEach((record, index) => (ends[index] = record.end - start));
  return {
    body: message.slice(start, kept.at(-1)?.end ?? start),
    answers,
    authorities: kept.length - answers,
    additionals: 0,
    ends,
  };
}

function rewriteRecords(message: Uint8Array, question: Name, kept: readonly RecordAt[]): Laid {
  const writer = new BodyWriter(question);
  for (const { section, owner, type, ttl, rdataAt, end } of kept)
    writer.add(section, owner, type, ttl, plainRdata(message, type, rdataAt, end));
  const { body, answers, authorities, additionals, ends, truncated } = writer.answer(Rcode.NOERROR, false, Source.forward);
  return { body, answers, authorities, additionals, ends, truncated };
}

/**
 * Returns how many records at the end of the answer section are addresses of one type and owner: all of them, or those an alias leads to. Their
 * sizes are equal, so nothing after them moves. If they are copied from `message`, their owners must be the same pointer, so that no name in them
 * can be pointed at.
 */
function rotating(kept: readonly RecordAt[], message: Uint8Array | undefined): number {
  const answers = kept.filter(({ section }) => section === 'answers').reverse();
  const [last] = answers;
  if (last?.type !== Type.A && last?.type !== Type.AAAA) return 0;
  const pointerOf = ({ start }: RecordAt): number | undefined => message && uint16At(message, start);
  const pointer = pointerOf(last);
  if (pointer !== undefined && pointer < 0xc000) return 0;
  const other = answers.findIndex((record) => record.owner !== last.owner || record.type !== last.type || pointerOf(record) !== pointer);
  return other === -1 ? answers.length : other;
}
