/** Counts what the policies decide: access, rates, shares, cookies. */
import { aclActions, type AclAction } from '../query/acl/acl-rule.ts';
import type { AclObserver } from '../query/acl/acl.ts';
import type { ForwardAllowObserver } from '../query/acl/forward-allow.ts';
import type { ClientLimitObserver } from '../query/client-limit/client-rate.ts';
import type { CookieObserver } from '../query/cookie-check.ts';
import type { RateLimitObserver } from '../query/rate-limit/rate-limit.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf, sizeOf } from './dimensions.ts';

export interface PolicyObservers {
  readonly acl: AclObserver;
  readonly forwardAllow: ForwardAllowObserver;
  readonly rateLimit: RateLimitObserver;
  readonly clientLimit: ClientLimitObserver;
  readonly cookie: CookieObserver;
}

export function policyObservers(counters: Counters): PolicyObservers {
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
  return {
    acl: { decided: (_rule, action) => add(actions[action]) },
    forwardAllow: { refused: () => add(refused) },
    rateLimit: { limited: (kind, judgement) => add(limited + kind * judgements + judgement) },
    clientLimit: { overRate: () => add(overRate), overShare: () => add(overShare) },
    cookie: { checked: (verdict) => add(cookies + indexOf('cookie', verdict)) },
  };
}
