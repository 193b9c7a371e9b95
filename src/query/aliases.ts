/**
 * Follows CNAMEs that their source does not: an ExternalName Service leads outside the cluster, and an authoritative nameserver, such as a stub
 * zone's, knows nothing of a target in another zone (RFC 1034 section 4.3.2).
 */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameToText, readName, type Name } from '../wire/name.ts';
import { keepQuery, type Query } from '../wire/query.ts';
import { queryFor } from '../wire/question.ts';
import { answerRecords, appendAnswers } from '../wire/splice.ts';
import { whenKnown, type Outcome, type Stage } from './handler.ts';

/** Targets looked up for one question. */
const MAX_STEPS = 8;

/** Returns the final answer for a CNAME from outside, given the answer with its target's records. */
export type JudgeJoined = (name: Name, answer: Answer) => Answer;

/**
 * Placed before every stage that judges names, and before our zones: each target is looked up as if the client had asked for it, so a CNAME leads to
 * nothing that the client could not query itself. `judge` gets the joined answer of a CNAME from outside, as an answer for the outside name.
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
      return whenKnown(ask(queryFor(query, target), names), (found) => joined(query, answer, target, found, judge));
    };
    return (query) => ask(query, NOBODY);
  };
}

/** For the first question: no names passed yet. */
const NOBODY: readonly Name[] = [];

/** Joins the CNAME and its target's answer. A failure of the target fails the question: a bare CNAME would say that the target has no address. */
function joined(query: Query, answer: Answer, target: Name, found: Outcome, judge: JudgeJoined): Outcome {
  if (found === undefined) return undefined;
  const known = found.rcode === Rcode.NOERROR || found.rcode === Rcode.NXDOMAIN;
  if (!known) return emptyAnswer(found.rcode, found.source, found.extendedError);
  // As in CoreDNS: an ExternalName Service whose target does not exist gets NOERROR with the CNAME alone.
  if (answer.source === Source.zone) return appendAnswers(query.name, answer, target, found, query.receivedAt);
  const whole = appendAnswers(query.name, answer, target, found, query.receivedAt, true);
  const last = { ...whole, rcode: found.rcode };
  // A policy's answer comes from this server, not from outside, so it is not judged.
  return found.source === Source.policy ? last : judge(query.name, last);
}

/** Returns the name at the end of the CNAMEs of `answer`; undefined if they loop. */
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
