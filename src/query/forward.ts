/** The last handler: forwards a question to the upstreams of the longest configured zone that contains its name. */
import type { Clock, Random } from '../clock.ts';
import { askInTurn, type AskOptions } from '../upstream/ask.ts';
import type { WhenRead } from '../upstream/datagrams.ts';
import type { UpstreamObserver } from '../upstream/observer.ts';
import { policies, type Policy } from '../upstream/selection.ts';
import type { Failure, Upstream } from '../upstream/upstream.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, ExtendedError, isMetaType, Rcode, Type } from '../wire/iana.ts';
import { parentOf, ROOT, type Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import type { Question } from '../wire/question.ts';
import { clientKey } from './client-limit/client-places.ts';
import { failedAnswer } from './forward-failure.ts';
import type { Handler } from './handler.ts';
import { Pacer } from './pacer.ts';
import { Suffixes, type SuffixMap } from './suffixes.ts';

export interface ForwardSettings {
  /** By zone; the root's serves all other names. */
  readonly routes: SuffixMap<Route>;
  readonly policy: Policy;
  /** ms for one question, over all upstreams and attempts. */
  readonly budget: number;
  /** Questions in flight at once. */
  readonly maxConcurrent: number;
}

export interface ForwardParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: UpstreamObserver;
  readonly whenRead: WhenRead;
}

/** ms for a question while all its upstreams are down: they are still asked, but no client should wait long for what has just failed for others. */
const BUDGET_WHILE_DOWN = 1000;
/**
 * ms since its last reply or change of state within which an upstream that is down may be slow rather than gone: its replies are waited for, however
 * late. Probes come more often than that.
 */
const LATELY = 3000;

/**
 * With several zones, the questions of one may take this many times the free places, so that zones with silent upstreams leave room for the others
 * (as for clients, client-limit/client-places.ts): one zone alone takes four fifths of the places, two take 44 % each.
 */
const GREED = 4;

/** Counts of one zone's questions: all so far, and those that wait. */
interface Questions {
  total: number;
  waiting: number;
}

/** `settings` is called for each question, since they may change. */
export function forward(settings: () => ForwardSettings, parts: ForwardParts): Handler {
  let waiting = 0;
  const zones = new Map<Name, Questions>();
  const pacer = new Pacer(parts.clock);
  return (query) => {
    const current = settings();
    const refusal = refusalOf(query);
    if (refusal !== undefined) return refusal;
    const { zone, upstreams: all } = routeOf(current.routes, query);
    const upstreams = all.some(isLoop) ? all.filter((upstream) => !isLoop(upstream)) : all;
    if (upstreams.length === 0) return failedAnswer([]);
    let ofZone = zones.get(zone);
    if (ofZone === undefined) zones.set(zone, (ofZone = { total: 0, waiting: 0 }));
    const free = current.maxConcurrent - waiting;
    if (free <= 0 || (current.routes.size > 1 && ofZone.waiting >= free * GREED)) {
      parts.observer.rejected();
      return tooMany(current.maxConcurrent);
    }
    const turn = ofZone.total++;
    waiting++;
    ofZone.waiting++;
    const leave = (): void => {
      waiting--;
      ofZone.waiting--;
    };
    const question = questionOf(query);
    return pacer
      .run(clientKey(query.client.address), () => askUpstreams(question, upstreams, turn, current, parts))
      .then(
        (result) => {
          leave();
          return isAnswer(result) ? result : failedAnswer(result);
        },
        (error: unknown) => {
          leave();
          throw error;
        },
      );
  };
}

function questionOf({ name, type, checkingDisabled, edns }: Query): Question {
  return { name, type, checkingDisabled, dnssecOk: edns?.dnssecOk === true };
}

/**
 * Asks the usable upstreams in the policy's order, then those that are down if none replied. Async, so that it never throws: the pacer may call it from
 * the event loop itself, where that would end the thread.
 */
async function askUpstreams(
  question: Question,
  upstreams: readonly Upstream[],
  turn: number,
  settings: ForwardSettings,
  { clock, random, whenRead }: ForwardParts,
): Promise<Result> {
  const { policy, budget } = settings;
  const now = clock.monotonic();
  const inOrder = (usable: readonly Upstream[]): readonly Upstream[] => policies[policy](usable, { now, turn, random });
  if (upstreams.every(isUsable)) return askInTurn(inOrder(upstreams), question, { clock, whenRead, budget, waits: true });
  return askSome(question, upstreams, inOrder, { clock, whenRead, budget, now });
}

/** The part of askUpstreams for when some upstreams are down. */
async function askSome(
  question: Question,
  upstreams: readonly Upstream[],
  inOrder: (usable: readonly Upstream[]) => readonly Upstream[],
  { clock, whenRead, budget, now }: Omit<AskOptions, 'waits'> & { readonly now: number },
): Promise<Result> {
  const end = now + budget;
  const ask = (whom: readonly Upstream[], most: number, waits = true): Promise<Result> =>
    askInTurn(whom, question, { clock, whenRead, budget: Math.min(most, end - clock.monotonic()), waits });
  const usable = upstreams.filter(isUsable);
  const others = upstreams.filter((upstream) => !usable.includes(upstream));
  const isLately = ({ heardAt, since }: Upstream): boolean => now - Math.max(heardAt, since) < LATELY;
  if (usable.length === 0) return ask(others, others.some(isLately) ? budget : BUDGET_WHILE_DOWN);
  const result = await ask(inOrder(usable), budget, false);
  // One that is down may have recovered since its last probe, just when the last of the others fails.
  if (clock.monotonic() >= end || !isUnheard(result)) return result;
  const second = await ask(others, BUDGET_WHILE_DOWN);
  return isAnswer(second) ? second : [...result, ...second];
}

type Result = Answer | readonly Failure[];

const isLoop = ({ state }: Upstream): boolean => state === 'loop';
const isUsable = (upstream: Upstream): boolean => upstream.isUsable;

function isAnswer(result: Result): result is Answer {
  return 'rcode' in result;
}

/** Whether no upstream replied. */
function isUnheard(result: Result): result is readonly Failure[] {
  return !isAnswer(result) && result.every(({ problem }) => problem === undefined);
}

/** The upstreams for a name, and the zone they belong to. */
export interface Route {
  readonly zone: Name;
  readonly upstreams: readonly Upstream[];
}

const suffixes = new Suffixes();
const NO_ROUTE: Route = { zone: ROOT, upstreams: [] };

/** Returns the route of the longest zone that contains the name; DS records are on the parent's side of a zone cut (RFC 4035 section 3.1.4.1). */
export function routeOf(routes: ForwardSettings['routes'], { name, type }: Pick<Question, 'name' | 'type'>): Route {
  const holder = type === Type.DS && name !== ROOT ? parentOf(name) : name;
  return routes.longest(holder, suffixes.read(holder)) ?? NO_ROUTE;
}

function refusalOf(query: Query): Answer | undefined {
  if (!query.recursionDesired) return NOT_OURS;
  // Zone transfers and other types that no cache could keep are not forwarded; ANY is, like types of records.
  const isMeta = isMetaType(query.type) && query.type !== Type.ANY;
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
