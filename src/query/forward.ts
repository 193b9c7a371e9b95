/** The last handler: asks the upstreams of the longest zone that holds the name. */
import type { Clock, Random } from '../clock.ts';
import { askInTurn } from '../upstream/ask.ts';
import type { UpstreamObserver } from '../upstream/observer.ts';
import { policies, type Policy } from '../upstream/selection.ts';
import type { Failure, Upstream } from '../upstream/upstream.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { parentOf, ROOT, type Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { failedAnswer } from './forward-failure.ts';
import type { Handler } from './handler.ts';

export interface ForwardSettings {
  /** Upstreams of each zone; the root's are those of all other names. */
  readonly zones: ReadonlyMap<Name, readonly Upstream[]>;
  readonly policy: Policy;
  /** ms for one question, over all upstreams and tries. */
  readonly budget: number;
  /** Questions under way at once. */
  readonly maxConcurrent: number;
}

export interface ForwardParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: UpstreamObserver;
}

/** ms for a question while all its upstreams are down: they are still asked, but nobody should wait long for what has just failed others. */
const BUDGET_WHILE_DOWN = 1000;
/** An upstream that was heard, or has gone down, within as many ms may be slow, not gone: its replies are waited for, however late. It is probed more often. */
const LATELY = 3000;

/**
 * How many times what is free the questions of one zone may take where there are several, so that zones whose upstreams are silent leave room for the
 * others (as clients do, client-limit/forward-share.ts): one alone takes four fifths of the places, two 44 % each.
 */
const GREED = 4;

/** How many questions of one zone there were, and how many of them wait. */
interface Questions {
  total: number;
  waiting: number;
}

/** `settings` is asked for each question: they may change. */
export function forward(settings: () => ForwardSettings, parts: ForwardParts): Handler {
  let waiting = 0;
  const zones = new Map<Name, Questions>();
  return (query) => {
    const current = settings();
    const refusal = refusalOf(query);
    if (refusal !== undefined) return refusal;
    const { zone, upstreams: all } = routeOf(current.zones, query.name);
    const upstreams = all.filter(({ state }) => state !== 'loop');
    if (upstreams.length === 0) return failedAnswer([]);
    let ofZone = zones.get(zone);
    if (ofZone === undefined) zones.set(zone, (ofZone = { total: 0, waiting: 0 }));
    const free = current.maxConcurrent - waiting;
    if (free <= 0 || (current.zones.size > 1 && ofZone.waiting >= free * GREED)) {
      parts.observer.rejected();
      return tooMany(current.maxConcurrent);
    }
    const turn = ofZone.total++;
    waiting++;
    ofZone.waiting++;
    return askUpstreams(query, upstreams, turn, current, parts).then((result) => {
      waiting--;
      ofZone.waiting--;
      return isAnswer(result) ? result : failedAnswer(result);
    });
  };
}

/** Asks the usable ones in the policy's order. Reads the query before it waits. */
async function askUpstreams(
  { name, type, checkingDisabled, edns }: Query,
  upstreams: readonly Upstream[],
  turn: number,
  { policy, budget }: ForwardSettings,
  { clock, random }: ForwardParts,
): Promise<Result> {
  const now = clock.monotonic();
  const end = now + budget;
  const question = { name, type, checkingDisabled, dnssecOk: edns?.dnssecOk === true };
  const ask = (whom: readonly Upstream[], most: number, waits = true): Promise<Result> =>
    askInTurn(whom, question, { clock, budget: Math.min(most, end - clock.monotonic()), waits });
  const usable = upstreams.filter(({ isUsable }) => isUsable);
  const others = upstreams.filter((upstream) => !usable.includes(upstream));
  const isLately = ({ heardAt, since }: Upstream): boolean => now - Math.max(heardAt, since) < LATELY;
  if (usable.length === 0) return ask(others, others.some(isLately) ? budget : BUDGET_WHILE_DOWN);
  const result = await ask(policies[policy](usable, { now, turn, random }), budget, others.length === 0);
  // Those that are down may be back, and not probed since, when the last of the others goes.
  if (others.length === 0 || clock.monotonic() >= end || !isUnheard(result)) return result;
  const second = await ask(others, BUDGET_WHILE_DOWN);
  return isAnswer(second) ? second : [...result, ...second];
}

type Result = Answer | readonly Failure[];

function isAnswer(result: Result): result is Answer {
  return 'rcode' in result;
}

/** Whether no upstream said anything. */
function isUnheard(result: Result): result is readonly Failure[] {
  return !isAnswer(result) && result.every(({ problem }) => problem === undefined);
}

/** Who is asked for a name, and the zone that decides it. */
export interface Route {
  readonly zone: Name;
  readonly upstreams: readonly Upstream[];
}

/** The longest zone that holds `name` wins. */
export function routeOf(zones: ForwardSettings['zones'], name: Name): Route {
  for (let zone = name; ; zone = parentOf(zone)) {
    const upstreams = zones.get(zone);
    if (upstreams !== undefined) return { zone, upstreams };
    if (zone === ROOT) return { zone, upstreams: [] };
  }
}

function refusalOf(query: Query): Answer | undefined {
  if (!query.recursionDesired) return NOT_OURS;
  // Zone transfers and what belongs to a message's transport (RFC 6895 section 3.1) end here; ANY is a question like others.
  const isMeta = query.type === Type.OPT || (query.type >= Type.TKEY && query.type <= Type.MAILA);
  return query.class !== Class.IN || isMeta ? NOT_FORWARDED : undefined;
}

const NOT_OURS = refused(ExtendedError.NOT_AUTHORITATIVE, 'not in a zone of this server, and recursion was not asked for');
const NOT_FORWARDED = refused(ExtendedError.NOT_SUPPORTED, 'questions of this type or class are not forwarded');

function tooMany(limit: number): Answer {
  return refused(ExtendedError.OTHER, `too many questions wait for upstreams for this one to do so too: max-concurrent is ${limit}`);
}

function refused(code: number, text: string): Answer {
  return emptyAnswer(Rcode.REFUSED, Source.server, { code, text });
}
