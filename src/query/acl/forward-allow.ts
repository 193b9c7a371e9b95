/**
 * The stage behind which everything outside our zones lies, cache and forwarding alike: only known clients pass, so that the nameserver is no
 * open resolver (RFC 5358), and a stranger learns nothing from its cache either. It stands behind the authority, which answers for our zones whoever asks.
 */
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { ExtendedError, Rcode } from '../../wire/iana.ts';
import type { Query } from '../../wire/query.ts';
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

/** `prefixes` as the option gives them, known to be right. */
export function forwardAllow(prefixes: readonly string[], observer: ForwardAllowObserver = unobserved): Stage {
  const allowed = prefixTableOf(prefixes);
  return (next) => (query) => {
    if (holdsAddress(allowed, query.client.address)) return next(query);
    observer.refused(query);
    return refused;
  };
}
