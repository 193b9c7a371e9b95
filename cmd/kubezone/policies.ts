/** The stages that decide who may ask, how much and for what, made from the options. */
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { acl, compileAcl } from '../../src/query/acl/acl.ts';
import { forwardAllow } from '../../src/query/acl/forward-allow.ts';
import { followAliases } from '../../src/query/aliases.ts';
import type { AnyPolicy } from '../../src/query/any.ts';
import { clientRate, type ClientRate } from '../../src/query/client-limit/client-rate.ts';
import type { Congestion } from '../../src/query/client-limit/congestion.ts';
import type { Share } from '../../src/query/client-limit/client-places.ts';
import { forwardShare } from '../../src/query/client-limit/forward-share.ts';
import { compose, type Handler, type Stage } from '../../src/query/handler.ts';
import { valueOf } from '../../src/query/compiled.ts';
import { CookieGate } from '../../src/query/cookie-check.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { Action } from '../../src/query/filter/action.ts';
import { Filter, type FilterObserver } from '../../src/query/filter/filter.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import { rebindingJudge, rebindProtection } from '../../src/query/filter/rebinding.ts';
import { namespaceViews } from '../../src/query/views/views.ts';
import type { Log } from '../../src/telemetry/log.ts';
import type { Slots } from '../../src/telemetry/slots.ts';
import { rateLimit, type RateLimits } from '../../src/query/rate-limit/rate-limit.ts';
import type { CookieOption } from '../../src/server/responder.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import { filterObserver, type PolicyObservers } from '../../src/telemetry/policy-observers.ts';
import type { Answer } from '../../src/wire/answer.ts';
import { ServerCookies } from '../../src/wire/cookie.ts';
import { nameFromText } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { followCookieSecrets } from './cookie-secrets.ts';
import { kept } from './kept.ts';
import { clientRateOf, rateLimitsOf } from './limits.ts';
import { without, type Stages } from './pipeline.ts';
import { zoneNames } from './zones-options.ts';

type PolicyStage = 'clientRate' | 'rateLimit' | 'aliases' | 'acl' | 'views' | 'forwardAllow' | 'filter' | 'rebind' | 'forwardShare';

export interface PolicyStages {
  /** `authority` answers for our own zones. */
  readonly stages: (authority: Stage) => Pick<Stages, PolicyStage>;
  /** The responder's cookies (RFC 7873); undefined when off. */
  readonly cookie: ((query: Query) => CookieOption) | undefined;
  /** The rate limits, for what the responder answers by itself. */
  readonly limit: (query: Query, answer: Answer) => ReturnType<Handler>;
}

export interface PolicyParts {
  readonly counters: Counters;
  readonly slots: Slots;
  readonly log: Log;
  readonly observers: PolicyObservers;
  /** The namespace of the pod at an address; undefined if no pod has it, or pods of several namespaces do. */
  readonly namespaceOf: (address: Uint8Array) => string | undefined;
  /** The secrets of DNS cookies until a file names others; the same in every thread. */
  readonly cookieSecrets: readonly Uint8Array[];
  /** The file with the cookie secrets, if there is one. */
  readonly cookieSecretFile: string | undefined;
  readonly congestion: Congestion;
  /** Stops following files. */
  readonly signal: AbortSignal;
  /** Called for each query that a blocklist or policy zone blocks: every match except passthru, tcp-only and local data. */
  readonly blocked?: (query: Query) => void;
}

/** `lists`: the contents of blocklists and response policy zones; undefined when there are none. */
export type MakePolicies = (options: Options, lists: PolicyData | undefined) => PolicyStages;

/** Makes the stages whenever something changes; what they know of clients is kept as long as their own options stay the same. */
export function policyMaker(parts: PolicyParts): MakePolicies {
  const { log, observers, namespaceOf, congestion } = parts;
  const serverCookies = new ServerCookies(parts.cookieSecrets);
  if (parts.cookieSecretFile !== undefined) followCookieSecrets(parts.cookieSecretFile, serverCookies, { log, signal: parts.signal });
  let gate: CookieGate | undefined;
  const verified = (query: Query): boolean => gate !== undefined && gate.verified(query);
  const places = { maxConcurrent: 0, perClient: 0 };
  const share: Share = {
    get places() {
      return congestion.leaves(places.maxConcurrent);
    },
    get isSilent() {
      return congestion.isHopeless;
    },
    get perClient() {
      return places.perClient;
    },
  };
  const ofClientRate = kept((limit: ClientRate) => clientRate(limit, systemRandom, observers.clientLimit));
  const ofRateLimit = kept((limits: RateLimits) => rateLimit(limits, systemRandom, verified, observers.rateLimit));
  const ofForwardShare = forwardShare(share, observers.clientLimit);

  return (options, lists) => {
    const { cookies } = options;
    gate = cookies === 'off' ? undefined : new CookieGate(serverCookies, cookies, systemClock, observers.cookie);
    places.maxConcurrent = options.maxConcurrent;
    places.perClient = options.clientMaxPending;
    const zones = zoneNames(options);
    const rules = valueOf(compileAcl(options.acl, zones));
    const views = namespaceViews(
      { rules: valueOf(compileViews(options.namespaceViews)), zones: zones.slice(0, 1), namespaceOf },
      observers.views,
    );
    const filter = lists && filterOf(lists, options.any, parts);
    const ofRates = ofRateLimit(rateLimitsOf(options));
    const ofClientRates = ofClientRate(clientRateOf(options));
    const judge = options.rebindProtection
      ? rebindingJudge(
          options.rebindAllow.map((name) => nameFromText(name)!),
          observers.rebinding,
        )
      : undefined;
    return {
      cookie: gate?.check,
      limit: limitOf(ofRates, ofClientRates),
      stages: (authority) => ({
        clientRate: ofClientRates,
        rateLimit: ofRates,
        aliases: followAliases(judge),
        acl: acl(rules, zones, observers.acl),
        views,
        forwardAllow: forwardAllow(options.forwardAllow, observers.forwardAllow),
        filter: filter?.stage((next) => views(authority(next))) ?? without,
        rebind: judge === undefined ? without : rebindProtection(judge),
        forwardShare: ofForwardShare,
      }),
    };
  };
}

/** The rate limits in front of a known answer. */
function limitOf(...stages: readonly Stage[]): PolicyStages['limit'] {
  let known: Answer;
  const handler = compose(stages, () => known);
  return (query, answer) => {
    known = answer;
    return handler(query);
  };
}

/** Actions that do not count as blocked; local data may be a better address as well as a trap. */
const HARMLESS: ReadonlySet<Action> = new Set<Action>([Action.passthru, Action.tcpOnly, Action.local]);

function filterOf(lists: PolicyData, any: AnyPolicy, { counters, slots, blocked }: PolicyParts): Filter {
  const names = lists.lists.map(({ name }) => name);
  const counted = filterObserver(counters, slots, names);
  const matched: FilterObserver['matched'] = (list, action, query) => {
    counted.matched(list, action, query);
    if (!HARMLESS.has(action)) blocked?.(query);
  };
  const filter = new Filter({ matched }, any);
  filter.use(lists);
  return filter;
}
