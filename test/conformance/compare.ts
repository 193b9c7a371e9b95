/** Compares a response with a recorded one, by the rules of README.md in this folder. */
import type { RecordText, Said } from './said.ts';

/** Allowed difference of TTLs, s: the recording was made through a cache. Those of outside names count down meanwhile, here too. */
const TTL_SLACK = 5;

/** Returns a sentence for each difference. `ours`: the question is in the cluster's zones; only there may an answer be authoritative. */
export function differences(expected: Said, said: Said, ours: boolean): string[] {
  const found: string[] = [];
  const differ = (what: string, is: unknown, wanted: unknown): void => void found.push(`${what} is ${String(is)}, not ${String(wanted)}`);
  const aa = ours && expected.aa;
  if (said.rcode !== expected.rcode) differ('RCODE', said.rcode, expected.rcode);
  if (said.aa !== aa) differ('AA', said.aa, aa);
  if (said.question !== expected.question) differ('question', said.question, expected.question);
  const answer = setOf(expected.answer, full);
  if (!answer.equals(setOf(said.answer, full)))
    differ('answer', said.answer.join(' | ') || 'empty', expected.answer.join(' | ') || 'empty');
  const authority = setOf(expected.authority, ownerAndType);
  if (!authority.equals(setOf(said.authority, ownerAndType)))
    differ('authority', said.authority.join(' | ') || 'empty', [...authority.members]);
  const additional = setOf(expected.additional, full).members;
  for (const record of said.additional) if (!additional.has(full(record))) differ('additional record', record, 'among those recorded');
  for (const record of said.answer) {
    const recorded = expected.answer.find((other) => full(other) === full(record));
    if (recorded === undefined) continue;
    const least = ours ? recorded[1] - TTL_SLACK : 0;
    if (record[1] < least || record[1] > recorded[1] + TTL_SLACK) differ(`TTL of ${full(record)}`, record[1], recorded[1]);
  }
  return found;
}

/** The record as text without its TTL, and without the weight of an SRV record. */
function full([owner, , type, rdata]: RecordText): string {
  return `${owner} ${type} ${type === 'SRV' ? rdata.replace(/^(\d+) \d+ /, '$1 * ') : rdata}`;
}

function ownerAndType([owner, , type]: RecordText): string {
  return `${owner} ${type}`;
}

interface Texts {
  readonly members: ReadonlySet<string>;
  equals(other: Texts): boolean;
}

function setOf(records: readonly RecordText[], text: (record: RecordText) => string): Texts {
  const members = new Set(records.map(text));
  return { members, equals: (other) => members.size === other.members.size && [...members].every((member) => other.members.has(member)) };
}
