/** The observers of every answer on a serving thread: counters, the query log, the detectors. */
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { detectors } from '../../src/query/detect/detectors.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import { upstreamObserver } from '../../src/telemetry/forward-observers.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { countedAlert } from '../../src/telemetry/policy-observers.ts';
import { QueryRecorder } from '../../src/telemetry/query-recorder.ts';
import { QueryRing } from '../../src/telemetry/query-ring.ts';
import { responderObserver, type AnswerObserver } from '../../src/telemetry/responder-observer.ts';
import { zoneFinder, type Slots } from '../../src/telemetry/slots.ts';
import type { UpstreamObserver } from '../../src/upstream/observer.ts';
import { nameToText } from '../../src/wire/name.ts';
import type { Query } from '../../src/wire/query.ts';

export interface ServingObservers {
  readonly responder: AnswerObserver;
  readonly upstream: UpstreamObserver;
  /** Called for each query that a blocklist or policy zone blocks: every match except passthru, tcp-only and local data. */
  readonly blocked: (query: Query) => void;
}

export interface ServingObserversParts {
  readonly counters: Counters;
  readonly slots: Slots;
  readonly log: Log;
  readonly ring: SharedArrayBuffer;
}

export function servingObservers(options: Options, { counters, slots, log, ring }: ServingObserversParts): ServingObservers {
  const zones = [options.clusterDomain, ...options.reverseZones].map((zone) => `${zone}.`);
  const detect = options.detect ? detectors(systemRandom, countedAlert(counters, log)) : undefined;
  const responder = responderObserver({
    counters,
    zoneOf: zoneFinder(slots, zones),
    recorder: new QueryRecorder(new QueryRing(ring), counters, systemClock, systemRandom),
    detect,
    failed: (error, query) =>
      log.error({ error, name: nameToText(query.name), type: query.type }, 'a query could not be answered: SERVFAIL'),
  });
  const upstream = upstreamObserver(counters, slots, {
    dropped: (url) => detect?.forged(url, systemClock.monotonic()),
    guessed: (url) => detect?.guessed(url, systemClock.monotonic()),
  });
  return { responder, upstream, blocked: (query) => detect?.blocked(query) };
}
