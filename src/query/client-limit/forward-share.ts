/** The stage before forwarding that shares out the places of questions in flight to upstreams, which a flood of random names exhausts first. */
import type { Stage } from '../handler.ts';
import { ClientPlaces, type Share } from './client-places.ts';
import type { ClientLimitObserver } from './client-rate.ts';

export function forwardShare(share: Share, observer?: ClientLimitObserver): Stage {
  /** Shared by all handlers made from the stage, old ones too. */
  const places = new ClientPlaces(share, observer);
  return (next) => (query) => {
    if (!places.hasRoom(query.client)) return places.refuse(query.client);
    const outcome = next(query);
    return outcome instanceof Promise ? places.hold(query.client, outcome) : outcome;
  };
}
