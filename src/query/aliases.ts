/**
 * Follows aliases that whoever gave them does not: an ExternalName Service leads outside, and an authoritative nameserver, as stub zones have, knows
 * nothing of a target in another zone (RFC 1034 section 4.3.2).
 */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameToText, readName, type Name } from '../wire/name.ts';
import { keepQuery, type Query } from '../wire/query.ts';
import { queryFor } from '../wire/question.ts';
import { answerRecords, appendAnswers } from '../wire/splice.ts';
import type { Outcome, Stage } from './handler.ts';

/** Names asked for after one question. */
const MAX_STEPS = 8;

/** What becomes of an answer with an alias heard outside, once its target is known. */
export type JudgeJoined = (name: Name, answer: Answer) => Answer;

/**
 * Stands in front of every stage that judges names, and of our zones: each target is asked for as if by the client, so an alias leads to nothing
 * that the client could not ask for. `judge`: what an alias from outside leads to is the outside name's answer.
 */
export function followAliases(judge: JudgeJoined = (_, answer) => answer): Stage {
  return (next) => {
    const ask = (query: Query, passed: readonly Name[]): Outcome | Promise<Outcome> => {
      const outcome = next(query);
      if (outcome === undefined) return undefined;
      if (!(outcome instanceof Promise)) return outcome.leadsOn === true ? follow(keepQuery(query), outcome, passed) : outcome;
      const kept = keepQuery(query);
      return outcome.then((answer) => (answer?.leadsOn === true ? follow(kept, answer, passed) : answer));
    };
    const follow = (query: Query, answer: Answer, passed: readonly Name[]): Outcome | Promise<Outcome> => {
      if (!query.recursionDesired) return answer;
      const names = [...passed, query.name];
      const target = endOf(query, answer);
      if (target === undefined || names.includes(target) || names.length > MAX_STEPS) return endless(query.name);
      const found = ask(queryFor(query, target), names);
      const join = (outcome: Outcome): Outcome => joined(query, answer, target, outcome, judge);
      return found instanceof Promise ? found.then(join) : join(found);
    };
    return (query) => ask(query, NOBODY);
  };
}

/** No name was asked for before. */
const NOBODY: readonly Name[] = [];

/** The target's failure is the question's: a bare CNAME would say that the target has no address. */
function joined(query: Query, answer: Answer, target: Name, found: Outcome, judge: JudgeJoined): Outcome {
  if (found === undefined) return undefined;
  const known = found.rcode === Rcode.NOERROR || found.rcode === Rcode.NXDOMAIN;
  if (!known) return emptyAnswer(found.rcode, found.source, found.extendedError);
  const whole = appendAnswers(query.name, answer, target, found, query.receivedAt);
  // As CoreDNS: a Service that leads nowhere is an alias alone, with NOERROR.
  if (answer.source === Source.zone) return whole;
  const last = { ...whole, rcode: found.rcode };
  // What a policy says is no outsider's word.
  return found.source === Source.policy ? last : judge(query.name, last);
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
