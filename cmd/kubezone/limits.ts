/** The limits that the options set, as the stages take them. */
import type { Options } from '../../src/config/options.ts';
import { MAX_WAITING } from '../../src/query/cache/options.ts';
import type { Share } from '../../src/query/client-limit/client-places.ts';
import type { ClientRate } from '../../src/query/client-limit/client-rate.ts';
import type { Congestion } from '../../src/query/client-limit/congestion.ts';
import type { RateLimits } from '../../src/query/rate-limit/rate-limit.ts';
import { nameFromText } from '../../src/wire/name.ts';

export function rateLimitsOf(options: Options): RateLimits {
  return {
    responses: options.rateLimit,
    nxdomains: options.rateLimitNxdomains,
    errors: options.rateLimitErrors,
    all: options.rateLimitAll,
    window: options.rateLimitWindow,
    slip: options.rateLimitSlip,
    ipv4Prefix: options.rateLimitIpv4Prefix,
    ipv6Prefix: options.rateLimitIpv6Prefix,
    exempt: options.rateLimitExempt,
    wildcards: options.pods === 'insecure' ? [nameFromText(`pod.${options.clusterDomain}`)!] : [],
    logOnly: options.rateLimitLogOnly,
    table: options.rateLimitTable,
  };
}

/** A client is one address, of IPv6 too: the pods of a node mostly share a /64, and one of them must not use up the rate of the others. */
export function clientRateOf(options: Options): ClientRate {
  return {
    rate: options.clientRate,
    burst: options.clientBurst,
    action: options.clientOverRate,
    ipv4Prefix: 32,
    ipv6Prefix: 128,
    exempt: options.rateLimitExempt,
    table: options.rateLimitTable,
  };
}

/**
 * The share of clients whose questions wait in the cache. Fewer places would not help an overloaded thread: a question that waits for another's reply
 * costs it little.
 */
export function waitingShareOf(options: () => Options, congestion: Congestion): Share {
  return {
    places: MAX_WAITING,
    get perClient() {
      return options().clientMaxPending;
    },
    get isSilent() {
      return congestion.isHopeless;
    },
  };
}
