/**
 * The stage that applies blocklists and response policy zones. It stands behind the authority, so the cluster's own names are out of their reach, and
 * in front of the cache, which so keeps true answers only. A policy on the name is known before anything is asked, one on the addresses of the answer
 * or on the names its CNAMEs lead over when it has come.
 */
import type { Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import { keepQuery, type Query } from '../../wire/query.ts';
import { answerRecords, type ResourceRecord } from '../../wire/splice.ts';
import { BodyWriter } from '../../wire/records.ts';
import type { Handler, Outcome, Stage } from '../handler.ts';
import type { Action } from './action.ts';
import { anyAddress, firstType } from './answer-addresses.ts';
import { Policies, type Policy, type PolicyData } from './policies.ts';
import { lets, policyAnswer } from './policy-answer.ts';

export interface FilterObserver {
  /** A policy of the list at that place in `data.lists` met the query; `passthru` counts too. */
  matched(list: number, action: Action, query: Query): void;
}

const unobservedFilter: FilterObserver = { matched: () => undefined };

/** Holds the policies that are served; a new table takes the place of the old between two queries. */
export class Filter {
  #policies: Policies | undefined;
  readonly #observer: FilterObserver;

  constructor(observer: FilterObserver = unobservedFilter) {
    this.#observer = observer;
  }

  use(data: PolicyData): void {
    this.#policies = new Policies(data);
  }

  /** `inside` answers for our own zones, where a CNAME of a policy may lead too. */
  stage(inside: Stage = (next) => next): Stage {
    return (next) => {
      const follow = inside(next);
      return (query) => this.#answer(query, next, follow);
    };
  }

  /** `follow` is asked where a policy's CNAME leads, `next` for the true answer. */
  #answer(query: Query, next: Handler, follow: Handler): Outcome | Promise<Outcome> {
    const policies = this.#policies;
    if (policies === undefined) return next(query);
    const policy = policies.forName(query.name);
    const list = policy?.list ?? Infinity;
    // A rule for addresses in an earlier list would come first: then the true answer must be seen before anything is decided.
    if (policy !== undefined && policies.firstForAddresses >= list) {
      this.#observer.matched(list, policy.action, query);
      return lets(policy, query) ? next(query) : policyAnswer(policy, query, follow);
    }
    const outcome = next(query);
    if (!(outcome instanceof Promise)) return this.#judge(policies, policy, query, outcome, follow);
    const kept = keepQuery(query);
    return outcome.then((answer) => this.#judge(policies, policy, kept, answer, follow));
  }

  /**
   * Goes along the aliases of the answer, as a resolver does that asks for one name after another: at each the policy on its name decides, at the
   * last also those on the addresses.
   */
  #judge(policies: Policies, own: Policy | undefined, query: Query, outcome: Outcome, follow: Handler): Outcome | Promise<Outcome> {
    if (outcome === undefined) return undefined;
    const aliases = aliasesOf(query, outcome);
    for (let index = 0; index <= aliases.length; index++) {
      const target = index === 0 ? query.name : readName(aliases[index - 1]!.rdata, 0)!.name;
      const named = index === 0 ? own : policies.forName(target);
      const last = index === aliases.length;
      const policy = (last ? this.#ofAddresses(policies, outcome, named?.list ?? Infinity) : undefined) ?? named;
      if (policy === undefined) continue;
      this.#observer.matched(policy.list, policy.action, query);
      if (lets(policy, query)) return outcome;
      return index === 0 ? policyAnswer(policy, query, follow) : behindAliases(aliases.slice(0, index), target, policy, query, follow);
    }
    return outcome;
  }

  /** The policy of the earliest list in front of `before` that an address of the answer meets. */
  #ofAddresses(policies: Policies, answer: Answer, before: number): Policy | undefined {
    if (policies.firstForAddresses >= before || answer.answers === 0) return undefined;
    let best: Policy | undefined;
    anyAddress(answer, (address) => {
      const found = policies.forAddress(address);
      if (found !== undefined && found.list < (best?.list ?? before)) best = found;
      return false;
    });
    return best;
  }
}

/** The CNAMEs that the answer leads over; none when the question was for them. */
function aliasesOf(query: Query, answer: Answer): readonly ResourceRecord[] {
  if (query.type === Type.CNAME || query.type === Type.ANY || firstType(answer) !== Type.CNAME) return [];
  return answerRecords(query.name, answer, query.receivedAt).filter((record) => record.type === Type.CNAME);
}

/** The aliases as they came, and behind them what the policy says of the name they lead to. */
function behindAliases(
  aliases: readonly ResourceRecord[],
  target: Name,
  policy: Policy,
  query: Query,
  follow: Handler,
): Outcome | Promise<Outcome> {
  const { name, receivedAt } = query;
  const finish = (found: Outcome): Outcome => {
    if (found === undefined || (found.truncated === true && found.answers === 0)) return found;
    const body = new BodyWriter(name);
    for (const { owner, type, ttl, rdata } of [...aliases, ...answerRecords(target, found, receivedAt)])
      body.add('answers', owner, type, ttl, rdata);
    const answer = body.answer(found.rcode, false, found.source);
    return { ...answer, truncated: answer.truncated === true || found.truncated === true, extendedError: found.extendedError };
  };
  const outcome = policyAnswer(policy, { ...query, name: target }, follow);
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}
