/** Who hears of every answer on a serving thread: counters, the query log, the detectors. */
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { detectors, noDetectors } from '../../src/query/detect/detectors.ts';
import type { ResponderObserver } from '../../src/server/responder.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import { upstreamObserver } from '../../src/telemetry/forward-observers.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { countedAlert } from '../../src/telemetry/policy-observers.ts';
import { QueryRecorder } from '../../src/telemetry/query-recorder.ts';
import { QueryRing } from '../../src/telemetry/query-ring.ts';
import { responderObserver } from '../../src/telemetry/responder-observer.ts';
import { zoneFinder, type Slots } from '../../src/telemetry/slots.ts';
import type { UpstreamObserver } from '../../src/upstream/observer.ts';
import { nameToText } from '../../src/wire/name.ts';

export interface ServingObservers {
  readonly responder: ResponderObserver;
  /** The batch of what was responded took `elapsed` ms. */
  readonly batch: (elapsed: number) => void;
  readonly upstream: UpstreamObserver;
}

export interface ServingObserversParts {
  readonly counters: Counters;
  readonly slots: Slots;
  readonly log: Log;
  readonly ring: SharedArrayBuffer;
}

export function servingObservers(options: Options, { counters, slots, log, ring }: ServingObserversParts): ServingObservers {
  const zones = [options.clusterDomain, ...options.reverseZones].map((zone) => `${zone}.`);
  const answers = responderObserver({
    counters,
    zoneOf: zoneFinder(slots, zones),
    failed: (error, query) =>
      log.error({ error, name: nameToText(query.name), type: query.type }, 'a query could not be answered: SERVFAIL'),
  });
  const recorder = new QueryRecorder(new QueryRing(ring), counters, systemClock, systemRandom);
  const detect = options.detect ? detectors(systemRandom, countedAlert(counters, log)) : noDetectors;
  const upstream = upstreamObserver(counters, slots);
  const urls: string[] = [];
  return {
    responder: {
      responded: (query, answer, size, response) => {
        answers.responded(query, answer, size, response);
        recorder.responded(query, answer, size, response);
        detect.responded(query, answer);
      },
      late: (query, answer, size, elapsed, response) => {
        answers.late(query, answer, size, elapsed, response);
        recorder.late(query, answer, size, elapsed, response);
        detect.responded(query, answer);
      },
      dropped: () => answers.dropped(),
      failed: (error, query) => answers.failed(error, query),
    },
    batch: (elapsed) => {
      answers.batch(elapsed);
      recorder.batch(elapsed);
    },
    upstream: {
      ...upstream,
      added: (index, url) => {
        urls[index] = url;
        upstream.added(index, url);
      },
      dropped: (index) => {
        upstream.dropped(index);
        detect.forged(urls[index] ?? '', systemClock.monotonic());
      },
    },
  };
}
