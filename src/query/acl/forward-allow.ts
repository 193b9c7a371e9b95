/**
 * The stage that lets only allowed clients reach names outside our zones, cache and forwarding alike, so that the nameserver is not an open resolver
 * (RFC 5358) and its cache cannot be probed. It comes after the authority, which answers for our zones whatever the client.
 */
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import type { Client, Query } from '../../wire/query.ts';
import type { Stage } from '../handler.ts';
import { holdsAddress, prefixTableOf } from '../prefixes.ts';

export interface ForwardAllowObserver {
  refused(query: Query): void;
}

const unobserved: ForwardAllowObserver = { refused: () => undefined };

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, {
  code: ExtendedError.PROHIBITED,
  text: 'this client may not ask for names outside our zones',
});

/** `prefixes`: the option's values, already validated. */
export function forwardAllow(prefixes: readonly string[], observer: ForwardAllowObserver = unobserved): Stage {
  const isAllowed = allowedClients(prefixes);
  return (next) => (query) => {
    if (isAllowed(query.client)) return next(query);
    observer.refused(query);
    return refused;
  };
}

/** Returns whether a client may ask for outside names. */
export function allowedClients(prefixes: readonly string[]): (client: Client) => boolean {
  const allowed = prefixTableOf(prefixes);
  return ({ address }) => holdsAddress(allowed, address);
}
