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

export const unobservedFilter: FilterObserver = { matched: () => undefined };

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

  readonly stage: Stage = (next) => (query) => {
    const policies = this.#policies;
    if (policies === undefined) return next(query);
    const policy = policies.forName(query.name);
    const list = policy?.list ?? Infinity;
    // A rule for addresses in an earlier list would come first: then the true answer must be seen before anything is decided.
    if (policy !== undefined && policies.firstForAddresses >= list) {
      this.#observer.matched(list, policy.action, query);
      return lets(policy, query) ? next(query) : policyAnswer(policy, query, next);
    }
    const outcome = next(query);
    if (!(outcome instanceof Promise)) return this.#judge(policies, policy, query, outcome, next);
    const kept = keepQuery(query);
    return outcome.then((answer) => this.#judge(policies, policy, kept, answer, next));
  };

  #judge(policies: Policies, own: Policy | undefined, query: Query, outcome: Outcome, next: Handler): Outcome | Promise<Outcome> {
    if (outcome === undefined) return undefined;
    const aliased = own === undefined && firstType(outcome) === Type.CNAME ? this.#alongAliases(policies, query, outcome) : undefined;
    const named = own ?? aliased?.policy;
    const policy = this.#ofAddresses(policies, outcome, named?.list ?? Infinity) ?? named;
    if (policy === undefined) return outcome;
    this.#observer.matched(policy.list, policy.action, query);
    if (lets(policy, query)) return outcome;
    return policy === aliased?.policy ? behindAliases(aliased, query, next) : policyAnswer(policy, query, next);
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

  #alongAliases(policies: Policies, query: Query, answer: Answer): Aliased | undefined {
    const aliases: ResourceRecord[] = [];
    for (const record of answerRecords(query.name, answer, query.receivedAt)) {
      if (record.type !== Type.CNAME) continue;
      aliases.push(record);
      const target = readName(record.rdata, 0)?.name;
      const policy = target && policies.forName(target);
      if (policy !== undefined) return { policy, aliases, target: target! };
    }
    return undefined;
  }
}

/** A policy on a name that the question's name is an alias of, and the aliases up to it. */
interface Aliased {
  readonly policy: Policy;
  readonly aliases: readonly ResourceRecord[];
  readonly target: Name;
}

/** The aliases as they came, and behind them what the policy says of the name they lead to. */
function behindAliases({ policy, aliases, target }: Aliased, query: Query, next: Handler): Outcome | Promise<Outcome> {
  const { name, receivedAt } = query;
  const finish = (found: Outcome): Outcome => {
    if (found === undefined || found.truncated === true) return found;
    const body = new BodyWriter(name);
    for (const { owner, type, ttl, rdata } of [...aliases, ...answerRecords(target, found, receivedAt)])
      body.add('answers', owner, type, ttl, rdata);
    return { ...body.answer(found.rcode, false, found.source), extendedError: found.extendedError };
  };
  const outcome = policyAnswer(policy, { ...query, name: target }, next);
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}
