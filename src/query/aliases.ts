/** Follows an alias that its nameserver does not: authoritative ones, as stub zones have, know nothing of a target in another zone (RFC 1034 section 5.3.3). */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameToText, readName, type Name } from '../wire/name.ts';
import { keepQuery, type Query } from '../wire/query.ts';
import { queryFor } from '../wire/question.ts';
import { answerRecords, appendAnswers } from '../wire/splice.ts';
import type { Handler, Outcome, Stage } from './handler.ts';

/** Answers joined for one question. */
const MAX_STEPS = 8;

/** Stands in front of every stage that judges names, and of our zones: a target is asked for as if by the client. */
export const followAliases: Stage = (next) => (query) => {
  const outcome = next(query);
  if (outcome === undefined) return undefined;
  if (!(outcome instanceof Promise)) return outcome.leadsOn === true ? follow(keepQuery(query), outcome, next, MAX_STEPS) : outcome;
  const kept = keepQuery(query);
  return outcome.then((answer) => (answer?.leadsOn === true ? follow(kept, answer, next, MAX_STEPS) : answer));
};

/** `query` is one that is kept. */
function follow(query: Query, answer: Answer, next: Handler, left: number): Outcome | Promise<Outcome> {
  if (!query.recursionDesired) return answer;
  const target = endOf(query, answer);
  if (target === undefined || left === 0) return endless(query.name);
  const join = (found: Outcome): Outcome | Promise<Outcome> => {
    if (found === undefined) return undefined;
    const known = found.rcode === Rcode.NOERROR || found.rcode === Rcode.NXDOMAIN;
    if (!known) return emptyAnswer(found.rcode, found.source, found.extendedError);
    const joined = { ...appendAnswers(query.name, answer, target, found, query.receivedAt), rcode: found.rcode };
    return found.leadsOn === true ? follow(query, joined, next, left - 1) : joined;
  };
  const found = next(queryFor(query, target));
  return found instanceof Promise ? found.then(join) : join(found);
}

/** Where the CNAMEs of `answer` lead; undefined: back to where they were. */
function endOf({ name, receivedAt }: Query, answer: Answer): Name | undefined {
  const targets = new Map<Name, Name>();
  for (const { owner, type, rdata } of answerRecords(name, answer, receivedAt))
    if (type === Type.CNAME && !targets.has(owner)) targets.set(owner, readName(rdata, 0)!.name);
  const passed = new Set<Name>();
  let end = name;
  for (let target = targets.get(end); target !== undefined; target = targets.get(end)) {
    if (passed.has(target)) return undefined;
    passed.add(target);
    end = target;
  }
  return passed.has(name) ? undefined : end;
}

function endless(name: Name): Answer {
  const text = `CNAMEs of ${nameToText(name)} lead back to it or on too far`;
  return emptyAnswer(Rcode.SERVFAIL, Source.forward, { code: ExtendedError.INVALID_DATA, text: text.slice(0, 200) });
}
