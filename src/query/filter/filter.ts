/**
 * The stage that applies blocklists and response policy zones (RPZ). It comes after the authority, so policies cannot touch the cluster's own names,
 * and before the cache, which therefore holds true answers only. A policy on the query's name is found before anything is looked up; one on the
 * answer's addresses or on the targets of its CNAMEs, once the answer is there.
 */
import { Source, type Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import { keepQuery, type Query } from '../../wire/query.ts';
import { answerRecords, type ResourceRecord } from '../../wire/splice.ts';
import { BodyWriter } from '../../wire/records.ts';
import { insteadOfAny, type AnyPolicy } from '../any.ts';
import { whenKnown, type Handler, type Outcome, type Stage } from '../handler.ts';
import { Action } from './action.ts';
import { anyAddress, leadsOverAliases } from './answer-addresses.ts';
import { Policies, type AddressPolicy, type Policy, type PolicyData } from './policies.ts';
import { lets, policyAnswer } from './policy-answer.ts';

export interface FilterObserver {
  /** A policy of the list at index `list` of `data.lists` matched the query; called for `passthru` too. */
  matched(list: number, action: Action, query: Query): void;
}

const unobservedFilter: FilterObserver = { matched: () => undefined };

/** Holds the table of policies in use; `use` replaces it between two queries. */
export class Filter {
  #policies: Policies | undefined;
  readonly #observer: FilterObserver;
  readonly #any: AnyPolicy;

  /** `any`: what an ANY query gets in place of a policy's own records. */
  constructor(observer: FilterObserver = unobservedFilter, any: AnyPolicy = 'hinfo') {
    this.#observer = observer;
    this.#any = any;
  }

  use(data: PolicyData): void {
    this.#policies = new Policies(data);
  }

  /** `inside` answers for our own zones, since the target of a policy's CNAME may be there. */
  stage(inside: Stage = (next) => next): Stage {
    return (next) => {
      const follow = inside(next);
      return (query) => this.#answer(query, next, follow);
    };
  }

  /** `follow` resolves the target of a policy's CNAME, `next` gives the true answer. */
  #answer(query: Query, next: Handler, follow: Handler): Outcome | Promise<Outcome> {
    const policies = this.#policies;
    if (policies === undefined) return next(query);
    const policy = policies.forName(query.name, query.place);
    const list = policy?.list ?? Infinity;
    // An earlier list with rules for addresses takes precedence: the decision then has to wait for the true answer.
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
   * Follows the aliases of the answer as a resolver that looks up one name after another: at each, the policy on its name decides; at the last,
   * also those on the addresses.
   */
  #judge(policies: Policies, own: Policy | undefined, query: Query, outcome: Outcome, follow: Handler): Outcome | Promise<Outcome> {
    if (outcome === undefined) return undefined;
    const links = linksOf(query, outcome);
    let target = query.name;
    for (let index = 0; index <= links.length; index++) {
      const link = index === 0 ? undefined : links[index - 1];
      // The CNAME after a DNAME has the same target.
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

  /** Applies the policy to the query's own name; only here can the type be ANY, since linksOf returns no aliases for it. */
  #given(policy: Policy, query: Query, follow: Handler): Outcome | Promise<Outcome> {
    const instead = query.type === Type.ANY && policy.action === Action.local ? insteadOfAny(this.#any, query, Source.policy) : undefined;
    return instead ?? policyAnswer(policy, query, follow);
  }

  /**
   * Returns the policy of the first list before `before` that matches an address of the answer: as in BIND, of one list's the one on the longest prefix,
   * whatever the order of the records, and of equally long ones the one on the smallest address.
   */
  #ofAddresses(policies: Policies, answer: Answer, before: number): Policy | undefined {
    if (policies.firstForAddresses >= before || answer.answers === 0) return undefined;
    const matches: Match[] = [];
    anyAddress(answer, (address) => {
      const found = policies.forAddress(address);
      if (found !== undefined && found.policy.list < before) matches.push({ ...found, address });
      return false;
    });
    return matches.sort(precedence)[0]?.policy;
  }
}

interface Match extends AddressPolicy {
  /** The address of the answer that the policy is on. */
  readonly address: Uint8Array;
}

/** Negative if `one` takes precedence over `other`. */
function precedence(one: Match, other: Match): number {
  return one.policy.list - other.policy.list || other.length - one.length || Buffer.compare(one.address, other.address);
}

/** Returns the answer's CNAMEs and the DNAMEs they are synthesized from (RFC 6672), ending with a CNAME; none for a query of type CNAME or ANY. */
function linksOf(query: Query, answer: Answer): readonly ResourceRecord[] {
  if (query.type === Type.CNAME || query.type === Type.ANY || !leadsOverAliases(answer, query.type)) return NONE;
  const links = answerRecords(query.name, answer, query.receivedAt).filter(({ type }) => type === Type.CNAME || type === Type.DNAME);
  return links.slice(0, links.findLastIndex(({ type }) => type === Type.CNAME) + 1);
}

const NONE: readonly ResourceRecord[] = [];

/** Returns the aliases unchanged, followed by the policy's answer for their target. */
function behindAliases(
  aliases: readonly ResourceRecord[],
  target: Name,
  policy: Policy,
  query: Query,
  follow: Handler,
): Outcome | Promise<Outcome> {
  const { name, receivedAt } = query;
  return whenKnown(policyAnswer(policy, { ...query, name: target }, follow), (found) => {
    if (found === undefined || (found.truncated === true && found.answers === 0)) return found;
    const body = new BodyWriter(name);
    for (const { owner, type, ttl, rdata } of [...aliases, ...answerRecords(target, found, receivedAt)])
      body.add('answers', owner, type, ttl, rdata);
    const answer = body.answer(found.rcode, false, found.source);
    return { ...answer, truncated: answer.truncated === true || found.truncated === true, extendedError: found.extendedError };
  });
}
