/** The stages that say who may ask, how much and for what, made from the options. */
import { readFileSync } from 'node:fs';
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { acl, compileAcl } from '../../src/query/acl/acl.ts';
import { forwardAllow } from '../../src/query/acl/forward-allow.ts';
import { clientRate } from '../../src/query/client-limit/client-rate.ts';
import type { Congestion } from '../../src/query/client-limit/congestion.ts';
import { forwardShare } from '../../src/query/client-limit/forward-share.ts';
import type { Stage } from '../../src/query/handler.ts';
import { valueOf } from '../../src/query/compiled.ts';
import { CookieGate } from '../../src/query/cookie-check.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { Filter } from '../../src/query/filter/filter.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import { rebindProtection } from '../../src/query/filter/rebinding.ts';
import { namespaceViews } from '../../src/query/views/views.ts';
import type { Slots } from '../../src/telemetry/slots.ts';
import { rateLimit } from '../../src/query/rate-limit/rate-limit.ts';
import type { CookieOption } from '../../src/server/responder.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import { filterObserver, policyObservers } from '../../src/telemetry/policy-observers.ts';
import { readCookieSecrets, ServerCookies } from '../../src/wire/cookie.ts';
import { nameFromText, type Name } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';
import { without, type Stages } from './pipeline.ts';

type PolicyStage = 'clientRate' | 'rateLimit' | 'acl' | 'views' | 'forwardAllow' | 'filter' | 'rebind' | 'forwardShare';

export interface PolicyStages {
  /** `authority` answers for our own zones. */
  readonly stages: (authority: Stage) => Pick<Stages, PolicyStage>;
  /** The responder's cookies (RFC 7873); undefined when off. */
  readonly cookie: ((query: Query) => CookieOption) | undefined;
}

export interface PolicyParts {
  readonly counters: Counters;
  readonly slots: Slots;
  /** What blocklists and response policy zones hold; undefined: there are none. */
  readonly lists: PolicyData | undefined;
  /** The namespace of the pod at an address; undefined when it is no pod's, or several namespaces'. */
  readonly namespaceOf: (address: Uint8Array) => string | undefined;
  /** The secret of DNS cookies where no file names one; the same in every thread. */
  readonly cookieSecret: Uint8Array;
  readonly congestion: Congestion;
}

export function policyStages(
  options: Options,
  { counters, slots, cookieSecret, lists, namespaceOf, congestion }: PolicyParts,
): PolicyStages {
  const observers = policyObservers(counters);
  const { secrets } = cookieSecrets(options);
  const cookies = new ServerCookies(secrets.length > 0 ? secrets : [cookieSecret]);
  const gate = options.cookies === 'off' ? undefined : new CookieGate(cookies, options.cookies, systemClock, observers.cookie);
  const exempt = options.rateLimitExempt;
  const prefixes = { ipv4Prefix: options.rateLimitIpv4Prefix, ipv6Prefix: options.rateLimitIpv6Prefix };
  const limits = {
    ...prefixes,
    responses: options.rateLimit,
    nxdomains: options.rateLimitNxdomains,
    errors: options.rateLimitErrors,
    all: options.rateLimitAll,
    window: options.rateLimitWindow,
    slip: options.rateLimitSlip,
    exempt,
    logOnly: options.rateLimitLogOnly,
    table: options.rateLimitTable,
  };
  // A client is one address; of IPv6 the network, within which it can be any address it likes.
  const rate = {
    rate: options.clientRate,
    burst: options.clientBurst,
    action: options.clientOverRate,
    ipv4Prefix: 32,
    ipv6Prefix: 64,
    exempt,
    table: options.rateLimitTable,
  };
  const share = {
    get places() {
      return congestion.leaves(options.maxConcurrent);
    },
    get isSilent() {
      return congestion.isHopeless;
    },
    perClient: options.clientMaxPending,
  };
  const zones = zoneNames(options);
  const filter =
    lists &&
    new Filter(
      filterObserver(
        counters,
        slots,
        lists.lists.map(({ name }) => name),
      ),
    );
  if (lists !== undefined) filter?.use(lists);
  const viewRules = { rules: valueOf(compileViews(options.namespaceViews)), zones: zones.slice(0, 1), namespaceOf };
  const views = namespaceViews(viewRules, observers.views);
  return {
    cookie: gate?.check,
    stages: (authority) => ({
      clientRate: clientRate(rate, systemRandom, observers.clientLimit),
      rateLimit: rateLimit(limits, systemRandom, gate?.verified ?? ((): boolean => false), observers.rateLimit),
      acl: acl(valueOf(compileAcl(options.acl, zones)), zones, observers.acl),
      views,
      forwardAllow: forwardAllow(options.forwardAllow, observers.forwardAllow),
      filter: filter?.stage((next) => views(authority(next))) ?? without,
      rebind: options.rebindProtection
        ? rebindProtection(
            options.rebindAllow.map((name) => nameFromText(name)!),
            observers.rebinding,
          )
        : without,
      forwardShare: forwardShare(share, observers.clientLimit),
    }),
  };
}

export function zoneNames({ clusterDomain, reverseZones }: Pick<Options, 'clusterDomain' | 'reverseZones'>): readonly Name[] {
  return [clusterDomain, ...reverseZones].map((zone) => nameFromText(zone)!);
}

/** Those of the file that the options name; each error begins with its path. */
export function cookieSecrets({ cookieSecret: path }: Pick<Options, 'cookieSecret'>): ReturnType<typeof readCookieSecrets> {
  if (path === undefined) return { secrets: [], errors: [] };
  const wrong = (error: string): string => `${JSON.stringify(path)} ${error}`;
  try {
    const { secrets, errors } = readCookieSecrets(readFileSync(path, 'utf8'));
    return { secrets, errors: errors.map(wrong) };
  } catch (error) {
    return { secrets: [], errors: [wrong(`cannot be read (${(error as Error).message}): give a file with 32 hexadecimal digits`)] };
  }
}
