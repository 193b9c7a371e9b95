/** Counts and logs what the policies decide: access, rates, shares, cookies, views, filters, alerts. */
import { aclActions, type AclAction } from '../query/acl/acl-rule.ts';
import type { AclObserver } from '../query/acl/acl.ts';
import type { ForwardAllowObserver } from '../query/acl/forward-allow.ts';
import type { ClientLimitObserver } from '../query/client-limit/client-rate.ts';
import type { CookieObserver } from '../query/cookie-check.ts';
import { Judgement } from '../query/rate-limit/accounts.ts';
import type { RateLimitObserver } from '../query/rate-limit/rate-limit.ts';
import type { Alert } from '../query/detect/alerts.ts';
import type { FilterObserver } from '../query/filter/filter.ts';
import type { RebindingObserver } from '../query/filter/rebinding.ts';
import type { ViewObserver } from '../query/views/views.ts';
import { formatAddress } from '../wire/address.ts';
import { nameToText, type Name } from '../wire/name.ts';
import type { Client } from '../wire/query.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf, sizeOf } from './dimensions.ts';
import type { Log } from './log.ts';
import type { Slots } from './slots.ts';

export interface PolicyObservers {
  readonly acl: AclObserver;
  readonly forwardAllow: ForwardAllowObserver;
  readonly rateLimit: RateLimitObserver;
  readonly clientLimit: ClientLimitObserver;
  readonly cookie: CookieObserver;
  readonly views: ViewObserver;
  readonly rebinding: RebindingObserver;
}

/** Time between two log lines about refusals that a cluster's own pods may meet, ms. */
const SAID_AGAIN = 60_000;

export function policyObservers(counters: Counters, log: Log): PolicyObservers {
  const add = (cell: number): void => {
    counters[cell]! += 1;
  };
  const actions = Object.fromEntries(aclActions.map((action, index) => [action, cellOf('aclDecisions', index)])) as Record<
    AclAction,
    number
  >;
  const refused = cellOf('forwardRefused');
  const limited = cellOf('rateLimited', 0, 0);
  const judgements = sizeOf('judgement');
  const overRate = cellOf('clientOverRate');
  const overShare = cellOf('clientOverShare');
  const cookies = cellOf('cookies', 0);
  const hidden = cellOf('hiddenNames');
  const rebind = cellOf('rebindRefused');
  const sayRefused = seldom(log, 'a client was refused an outside name: if it is one of yours, name its network in --forward-allow');
  const sayLimited = seldom(log, 'answers to a client are over a limit: --rate-limit-exempt takes its network out of it');
  const sayOverRate = seldom(log, 'a client asks more than --client-rate allows: --rate-limit-exempt takes its network out of it');
  return {
    acl: { decided: (_rule, action) => add(actions[action]) },
    forwardAllow: {
      refused: ({ client, name, receivedAt }) => {
        add(refused);
        sayRefused(client, name, receivedAt);
      },
    },
    rateLimit: {
      limited: (kind, judgement, client, name, at) => {
        // What passes is not told.
        add(limited + kind * judgements + judgement - Judgement.dropped);
        sayLimited(client, name, at);
      },
    },
    clientLimit: {
      overRate: ({ client, name, receivedAt }) => {
        add(overRate);
        sayOverRate(client, name, receivedAt);
      },
      overShare: () => add(overShare),
    },
    cookie: { checked: (verdict) => add(cookies + indexOf('cookie', verdict)) },
    views: { hidden: () => add(hidden) },
    rebinding: { refused: () => add(rebind) },
  };
}

/** Logs `message` with the first client of each minute: in a flood it is an example. `at` in ms. */
function seldom(log: Log, message: string): (client: Client, name: Name, at: number) => void {
  let saidAt = -Infinity;
  return (client, name, at) => {
    if (at - saidAt < SAID_AGAIN) return;
    saidAt = at;
    log.warn({ client: formatAddress(client.address), name: nameToText(name) }, message);
  };
}

/** `lists`: a short name for each, in the order of the filter. */
export function filterObserver(counters: Counters, slots: Slots, lists: readonly string[]): FilterObserver {
  const firsts = lists.map((name) => cellOf('filterMatches', slots.of('list', name), 0));
  return {
    matched: (list, action) => {
      counters[firsts[list]! + action]! += 1;
    },
  };
}

/** Counts and logs the alerts of the detectors. */
export function countedAlert(counters: Counters, log: Log): Alert {
  return (kind, subject, detail) => {
    counters[cellOf('alerts', indexOf('alertKind', kind))]! += 1;
    log.warn({ alert: kind, subject }, detail);
  };
}
