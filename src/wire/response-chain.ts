/** Selects the records that belong to a question: its CNAME chain, and the authority records for the chain's end (RFC 2181 section 5.4, RFC 6672). */
import { Class, Type } from './iana.ts';
import { isWithin, readName, type Name } from './name.ts';
import type { Question } from './question.ts';
import type { RecordAt, Records } from './response-records.ts';

/** Largest number of names on a chain: nobody intends a longer one. */
const MAX_CHAIN = 16;

/** Returns the records to keep, in chain order, which some stub resolvers need; undefined if the chain loops or is too long. */
export function belongingRecords({ message, records }: Records, question: Question): readonly RecordAt[] | undefined {
  const answers = records.filter((record) => record.section === 'answers' && record.class === Class.IN);
  const chain = followChain(message, answers, question);
  if (chain === undefined) return undefined;
  const ranks = answers.map((record) => rankOf(message, record, chain, question));
  const last = chain.at(-1)!;
  const authorities = records.filter(
    (record) => record.section === 'authorities' && record.class === Class.IN && isAuthority(record, last, question),
  );
  return [...inOrder(answers, ranks), ...authorities];
}

/** Returns the records that have a rank, sorted by it. Nearly always they already are. */
function inOrder(records: readonly RecordAt[], ranks: readonly number[]): readonly RecordAt[] {
  if (ranks.every((rank, index) => rank !== -1 && rank >= (ranks[index - 1] ?? 0))) return records;
  const ranked = records.map((record, index) => ({ record, rank: ranks[index]! })).filter(({ rank }) => rank !== -1);
  return ranked.sort((a, b) => a.rank - b.rank).map(({ record }) => record);
}

/** Returns the question's name and the CNAME targets from there; undefined if they loop or are too many. */
function followChain(message: Uint8Array, answers: readonly RecordAt[], question: Question): readonly Name[] | undefined {
  const chain = [question.name];
  if (asksForAlias(question)) return chain;
  if (!answers.some(({ type }) => type === Type.CNAME)) return chain;
  const aliases = new Map<Name, Name>();
  for (const { type, owner, rdataAt } of answers) {
    if (type === Type.CNAME && !aliases.has(owner)) aliases.set(owner, readName(message, rdataAt)!.name);
  }
  for (let name = aliases.get(question.name); name !== undefined; name = aliases.get(name)) {
    if (chain.includes(name) || chain.length === MAX_CHAIN) return undefined;
    chain.push(name);
  }
  return chain;
}

/** Whether the question is for CNAME records themselves, so that they are not followed. */
function asksForAlias({ type }: Question): boolean {
  return type === Type.CNAME || type === Type.ANY;
}

/** Returns the record's position on the chain, or -1 if it is not part of it. A DNAME is just before the CNAME synthesized from it. */
function rankOf(message: Uint8Array, { type, owner, rdataAt }: RecordAt, chain: readonly Name[], question: Question): number {
  const signature = type === Type.RRSIG && question.dnssecOk;
  if (type === Type.DNAME || signature) {
    const below = chain.findIndex((name) => name !== owner && isWithin(name, owner));
    const isAlias = below < chain.length - 1 || asksForAlias(question);
    if (below !== -1 && isAlias && !chain.includes(owner)) return below - 0.5;
  }
  const index = chain.indexOf(owner);
  if (index === -1 || signature) return index;
  // One CNAME per name (RFC 2181 section 10.1): the one that was followed.
  if (index < chain.length - 1) return type === Type.CNAME && readName(message, rdataAt)!.name === chain[index + 1] ? index : -1;
  return type === question.type || question.type === Type.ANY ? index : -1;
}

/**
 * Accepts the SOA of `last` and, with DO, the proofs, which the client verifies. NS records are of no use to a resolver's client and only make the
 * response too long (RFC 2181 section 9); with DO they are kept along with their signatures.
 */
function isAuthority({ type, owner }: RecordAt, last: Name, question: Question): boolean {
  if (type === Type.SOA || (type === Type.NS && question.dnssecOk)) return isWithin(last, owner);
  return question.dnssecOk && DNSSEC.has(type);
}

const DNSSEC: ReadonlySet<number> = new Set([Type.RRSIG, Type.NSEC, Type.NSEC3, Type.DS]);
