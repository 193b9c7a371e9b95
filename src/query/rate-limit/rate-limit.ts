/**
 * The stage that limits how often one prefix gets the same answer over UDP, where addresses can be forged, so that this server does not amplify attacks.
 * It follows BIND's response rate limiting, so that operators' settings for BIND hold. The addresses of streams and of clients with a valid cookie are
 * genuine, so these are not limited.
 */
import type { Random } from '../../clock.ts';
import type { Answer } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import { isWithin, parentOf, type Name } from '../../wire/name.ts';
import type { Client, Query } from '../../wire/query.ts';
import { comeByTcp } from '../come-by-tcp.ts';
import type { Outcome, Stage } from '../handler.ts';
import { hashName, hashPrefix } from '../hashes.ts';
import { holdsAddress, prefixTableOf } from '../prefixes.ts';
import { Accounts, Judgement } from './accounts.ts';
import { kindOf, LimitKind, zoneOf } from './imputed.ts';

export interface RateLimits {
  /** Answers a second for one name and type to one prefix; 0: no limit. */
  readonly responses: number;
  /** 0, here and for `errors`: the same as `responses`. */
  readonly nxdomains: number;
  readonly errors: number;
  /** All UDP answers a second to one prefix together; 0: no limit. */
  readonly all: number;
  /** Seconds. */
  readonly window: number;
  /** One in this many limited answers is sent truncated, so that an honest client retries over TCP; 0: none, 1: each. */
  readonly slip: number;
  /** Bits of an address that count as one client. */
  readonly ipv4Prefix: number;
  readonly ipv6Prefix: number;
  readonly exempt: readonly string[];
  /** Domains whose answers are synthesized from the query name: as BIND does with wildcards, a name in them counts as its parent. */
  readonly wildcards: readonly Name[];
  /** Only reports what would be limited. */
  readonly logOnly: boolean;
  /** Accounts kept, rounded up to a power of two; 25 bytes each. */
  readonly table: number;
}

export interface RateLimitObserver {
  /** `at`: when the query was received, ms. */
  limited(kind: LimitKind, judgement: Judgement, client: Client, name: Name, at: number): void;
}

const unobservedRateLimit: RateLimitObserver = { limited: () => undefined };

/** As in BIND: a client that does not retry over TCP has at least the true RCODE. */
const absentComeByTcp: Answer = { ...comeByTcp, rcode: Rcode.NXDOMAIN };

/** `verified` returns whether the query's address is known not to be forged. The random numbers key the hashes. */
export function rateLimit(
  limits: RateLimits,
  random: Random,
  verified: (query: Query) => boolean,
  observer: RateLimitObserver = unobservedRateLimit,
): Stage {
  if (limits.responses + limits.nxdomains + limits.errors + limits.all === 0) return (next) => next;
  const limiter = new RateLimiter(limits, random, observer);
  const exempt = prefixTableOf(limits.exempt);
  const exempts = limits.exempt.length > 0;
  return (next) => (query) => {
    const { client, name, type, receivedAt } = query;
    if (client.transport !== 'udp' || verified(query) || (exempts && holdsAddress(exempt, client.address))) return next(query);
    const outcome = next(query);
    if (!(outcome instanceof Promise)) return limiter.judge(outcome, client, name, type, receivedAt);
    const kept = { ...client, address: client.address.slice() };
    return outcome.then((answer) => limiter.judge(answer, kept, name, type, receivedAt));
  };
}

/** Holds the accounts, their limits and the keys of the hashes. */
class RateLimiter {
  readonly #limits: RateLimits;
  readonly #rates: readonly number[];
  readonly #observer: RateLimitObserver;
  readonly #accounts: Accounts;
  readonly #hashKey: number;
  readonly #tagKey: number;
  #second = 0;

  constructor(limits: RateLimits, random: Random, observer: RateLimitObserver) {
    this.#limits = limits;
    const { responses, nxdomains, errors, all } = limits;
    this.#rates = [responses, nxdomains || responses, errors || responses, all];
    this.#observer = observer;
    this.#accounts = new Accounts(limits.table, limits.window, limits.slip);
    this.#hashKey = (random() * 2 ** 32) | 0;
    this.#tagKey = (random() * 2 ** 32) | 0;
  }

  /** `at`: when the query was received, ms. A late answer is counted in the latest second seen. */
  judge(outcome: Outcome, client: Client, name: Name, type: number, at: number): Outcome {
    if (outcome === undefined) return undefined;
    const second = Math.floor(at / 1000);
    if (second > this.#second) this.#second = second;
    const { address } = client;
    const bits = address.length === 4 ? this.#limits.ipv4Prefix : this.#limits.ipv6Prefix;
    const prefix = hashPrefix(address, bits, this.#hashKey);
    const tag = hashPrefix(address, bits, this.#tagKey);
    // As in BIND: an answer over the limit for all answers is dropped and never slips.
    if (this.#rates[LimitKind.all]! > 0 && this.#debit(LimitKind.all, prefix, tag) !== Judgement.passes) {
      this.#observer.limited(LimitKind.all, Judgement.dropped, client, name, at);
      return this.#limits.logOnly ? outcome : undefined;
    }
    const kind = kindOf(outcome);
    if (this.#rates[kind] === 0) return outcome;
    const judgement = this.#judgeKind(kind, outcome, prefix, tag, name, type);
    if (judgement === Judgement.passes) return outcome;
    // Retrying an error over TCP gains nothing: as in BIND, it does not slip.
    const slips = judgement === Judgement.slips && kind !== LimitKind.errors;
    this.#observer.limited(kind, slips ? Judgement.slips : Judgement.dropped, client, name, at);
    if (this.#limits.logOnly) return outcome;
    if (!slips) return undefined;
    return kind === LimitKind.nxdomains ? absentComeByTcp : comeByTcp;
  }

  #judgeKind(kind: LimitKind, answer: Answer, prefix: number, tag: number, name: Name, type: number): Judgement {
    if (kind === LimitKind.errors) return this.#debit(kind, prefix, tag);
    const imputed = hashName(kind === LimitKind.nxdomains ? zoneOf(name, answer) : this.#originOf(name), this.#tagKey);
    // Without records all types count as one answer: otherwise a flood could go through all 65,536 types.
    const of = kind === LimitKind.nxdomains || answer.answers === 0 ? imputed : imputed ^ Math.imul(type, 0x9e3779b1);
    return this.#debit(kind, prefix ^ of, tag ^ Math.imul(of, 0x85ebca6b));
  }

  /** Returns the name itself, or the parent of one whose answer is synthesized. */
  #originOf(name: Name): Name {
    for (const domain of this.#limits.wildcards) if (name !== domain && isWithin(name, domain)) return parentOf(name);
    return name;
  }

  #debit(kind: LimitKind, hash: number, tag: number): Judgement {
    return this.#accounts.debit(hash ^ Math.imul(kind, 0xc2b2ae35), tag ^ kind, this.#rates[kind]!, this.#second);
  }
}
