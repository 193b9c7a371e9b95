/**
 * The stage that applies blocklists and response policy zones. It stands behind the authority, so the cluster's own names are out of their reach, and
 * in front of the cache, which so keeps true answers only. A policy on the name is known before anything is asked, one on the addresses of the answer
 * or on the names its CNAMEs lead over when it has come.
 */
import { Source, type Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import { keepQuery, type Query } from '../../wire/query.ts';
import { answerRecords, type ResourceRecord } from '../../wire/splice.ts';
import { BodyWriter } from '../../wire/records.ts';
import { insteadOfAny, type AnyPolicy } from '../any.ts';
import type { Handler, Outcome, Stage } from '../handler.ts';
import { Action } from './action.ts';
import { anyAddress, leadsOverAliases } from './answer-addresses.ts';
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
  readonly #any: AnyPolicy;

  /** `any`: what stands in for the records of a policy when all are asked for. */
  constructor(observer: FilterObserver = unobservedFilter, any: AnyPolicy = 'hinfo') {
    this.#observer = observer;
    this.#any = any;
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
      return lets(policy, query) ? next(query) : this.#given(policy, query, follow);
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
    const links = linksOf(query, outcome);
    let target = query.name;
    for (let index = 0; index <= links.length; index++) {
      const link = index === 0 ? undefined : links[index - 1];
      // What a DNAME says of the name is said again by the CNAME behind it.
      if (link?.type === Type.DNAME) continue;
      if (link !== undefined) target = readName(link.rdata, 0)!.name;
      const named = link === undefined ? own : policies.forName(target);
      const last = index === links.length;
      const policy = (last ? this.#ofAddresses(policies, outcome, named?.list ?? Infinity) : undefined) ?? named;
      if (policy === undefined) continue;
      this.#observer.matched(policy.list, policy.action, query);
      if (lets(policy, query)) return outcome;
      return link === undefined ? this.#given(policy, query, follow) : behindAliases(links.slice(0, index), target, policy, query, follow);
    }
    return outcome;
  }

  /** Upstreams do not hear of questions for ANY, so one is not for names that aliases lead to. */
  #given(policy: Policy, query: Query, follow: Handler): Outcome | Promise<Outcome> {
    const instead = query.type === Type.ANY && policy.action === Action.local ? insteadOfAny(this.#any, query, Source.policy) : undefined;
    return instead ?? policyAnswer(policy, query, follow);
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

/** The CNAMEs that the answer leads over, and the DNAMEs they are made from (RFC 6672); none when the question was for CNAMEs. The last is a CNAME. */
function linksOf(query: Query, answer: Answer): readonly ResourceRecord[] {
  if (query.type === Type.CNAME || query.type === Type.ANY || !leadsOverAliases(answer, query.type)) return NONE;
  const links = answerRecords(query.name, answer, query.receivedAt).filter(({ type }) => type === Type.CNAME || type === Type.DNAME);
  return links.slice(0, links.findLastIndex(({ type }) => type === Type.CNAME) + 1);
}

const NONE: readonly ResourceRecord[] = [];

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
