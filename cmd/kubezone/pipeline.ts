/** The order of the stages that a query passes, defined only here. */
import { compose, type Handler, type Stage } from '../../src/query/handler.ts';

/** The stages of the pipeline; one that the options leave out returns its next handler and costs nothing. */
export interface Stages {
  readonly rateLimit: Stage;
  readonly clientRate: Stage;
  readonly autopath: Stage;
  readonly aliases: Stage;
  readonly acl: Stage;
  readonly chaos: Stage;
  readonly transfer: Stage;
  readonly views: Stage;
  readonly authority: Stage;
  readonly forwardAllow: Stage;
  readonly any: Stage;
  readonly filter: Stage;
  readonly hosts: Stage;
  readonly specialNames: Stage;
  readonly rebind: Stage;
  readonly filterAaaa: Stage;
  readonly cache: Stage;
  readonly forwardShare: Stage;
}

/** Each stage wraps all that are listed after it. `forward` asks upstreams. */
export function pipeline(stages: Stages, forward: Handler): Handler {
  return compose(
    [
      stages.rateLimit,
      stages.clientRate,
      // Each name of a search path, and each target of an alias, passes all the stages that follow.
      stages.autopath,
      stages.aliases,
      stages.acl,
      stages.chaos,
      stages.transfer,
      stages.views,
      stages.authority,
      // From here on: names outside our zones.
      stages.forwardAllow,
      stages.filter,
      // After the filter: a blocked name is blocked for every type.
      stages.any,
      stages.hosts,
      // Not judged for its addresses: an alias that leads to localhost still is.
      stages.specialNames,
      stages.rebind,
      stages.filterAaaa,
      stages.cache,
      stages.forwardShare,
    ],
    forward,
  );
}

/**
 * Whether clients may get different answers from our zones to the same query, or be counted by a stage in front of them. `aliases`, `chaos` and
 * `transfer`, the others in front, go by the query alone.
 */
export function judgesClients({ rateLimit, clientRate, autopath, acl, views }: Stages): boolean {
  return isThere(rateLimit, clientRate, autopath, acl, views);
}

/** The same of outside names that the cache has, for clients that `forwardAllow` lets pass. The other stages there go by the query and the answer alone. */
export function judgesOutside({ filter }: Stages): boolean {
  return isThere(filter);
}

function isThere(...stages: readonly Stage[]): boolean {
  const last: Handler = () => undefined;
  return compose(stages, last) !== last;
}

/** A stage that is left out. */
export const without: Stage = (next) => next;
