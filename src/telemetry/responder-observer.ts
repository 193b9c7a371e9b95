/** Counts every answer, and passes it on to the query log and the detectors; counting is on the path of every query, so it only adds to cells. */
import type { Detectors } from '../query/detect/detectors.ts';
import type { ResponderObserver } from '../server/responder.ts';
import { Source, type Answer } from '../wire/answer.ts';
import type { Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { durationBounds, durationBucket, sizeBounds, sizeBucket } from './buckets.ts';
import { cells } from './cells.ts';
import type { Counters } from './counters.ts';
import type { QueryRecorder } from './query-recorder.ts';
import { familyIndex, protoIndex, rcodeIndex, sizeOf, slotted, typeIndex } from './dimensions.ts';

/** Notified of answers as the responder gives them, and of the end of the batch they belong to. */
export interface AnswerObserver extends ResponderObserver {
  /** The batch of all that was `responded` since the last call took `elapsed` ms. */
  batch(elapsed: number): void;
}

export interface ResponderObserverOptions {
  readonly counters: Counters;
  /** Returns the slot of the zone that an answer to a name is from (slots.ts). */
  readonly zoneOf: (name: Name, answer: Answer) => number;
  /** For the query log; undefined: nothing is recorded. */
  readonly recorder?: QueryRecorder | undefined;
  /** Looks for signs of attacks; undefined: detection is off. */
  readonly detect?: Pick<Detectors, 'responded' | 'dropped'> | undefined;
  /** Called with an error in the program, to log it. */
  readonly failed: (error: unknown, query: Query) => void;
}

/** Answers of one batch whose durations are counted. UDP reads at most 64 at once, TCP 64 KiB, which may be nearly 5,000 of the shortest messages. */
const BATCH = 8192;

const ZONES = slotted.zone;
const TYPES = sizeOf('type');
const SOURCES = sizeOf('source');
const RCODES = sizeOf('rcode');
const SIZES = cells.responseSizes.width;
const SIZE_SUM = sizeBounds.length + 1;
const DURATIONS = cells.durations.width;
const DURATION_SUM = durationBounds.length + 1;
const starts = Object.fromEntries(Object.entries(cells).map(([name, group]) => [name, group.start])) as Record<keyof typeof cells, number>;
const { requests, responses, requestSizes, responseSizes, durations, dnssecOk, truncated, dropped, failures } = starts;

export function responderObserver(options: ResponderObserverOptions): AnswerObserver {
  const { recorder, detect } = options;
  const counting = countingObserver(options);
  const recording = recorder === undefined ? counting : recordingObserver(counting, recorder);
  return detect === undefined ? recording : detectingObserver(recording, detect);
}

function recordingObserver(counting: AnswerObserver, recorder: QueryRecorder): AnswerObserver {
  return {
    ...counting,
    responded: (query, answer, size, response) => {
      counting.responded(query, answer, size, response);
      recorder.responded(query, answer, size, response);
    },
    late: (query, answer, size, elapsed, response) => {
      counting.late(query, answer, size, elapsed, response);
      recorder.late(query, answer, size, elapsed, response);
    },
    batch: (elapsed) => {
      counting.batch(elapsed);
      recorder.batch(elapsed);
    },
  };
}

function detectingObserver(inner: AnswerObserver, detect: Pick<Detectors, 'responded' | 'dropped'>): AnswerObserver {
  return {
    ...inner,
    responded: (query, answer, size, response) => {
      inner.responded(query, answer, size, response);
      detect.responded(query, answer);
    },
    late: (query, answer, size, elapsed, response) => {
      inner.late(query, answer, size, elapsed, response);
      detect.responded(query, answer);
    },
    dropped: (query) => {
      inner.dropped(query);
      if (query !== undefined) detect.dropped(query);
    },
  };
}

function countingObserver({ counters, zoneOf, failed }: ResponderObserverOptions): AnswerObserver {
  const pending = new Int32Array(BATCH);
  let waiting = 0;

  /** Counts everything but the duration, and returns the first cell of its histogram. */
  const count = (query: Query, answer: Answer, size: number, isTruncated: boolean): number => {
    const proto = protoIndex(query.client.transport);
    const zone = zoneOf(query.name, answer);
    const placed = proto * ZONES + zone;
    const { source } = answer;
    counters[requests + ((proto * 2 + familyIndex(query)) * ZONES + zone) * TYPES + typeIndex(query.type)]! += 1;
    counters[responses + (placed * SOURCES + source) * RCODES + rcodeIndex(answer.rcode)]! += 1;
    const asked = requestSizes + placed * SIZES;
    counters[asked + sizeBucket(query.length)]! += 1;
    counters[asked + SIZE_SUM]! += query.length;
    const sent = responseSizes + placed * SIZES;
    counters[sent + sizeBucket(size)]! += 1;
    counters[sent + SIZE_SUM]! += size;
    if (query.edns?.dnssecOk === true) counters[dnssecOk + zone]! += 1;
    if (isTruncated) counters[truncated + proto]! += 1;
    return durations + (placed * SOURCES + source) * DURATIONS;
  };

  return {
    responded: (query, answer, size, response) => {
      const cell = count(query, answer, size, isCut(response));
      if (waiting < BATCH) pending[waiting++] = cell;
    },
    late: (query, answer, size, elapsed, response) => {
      // Counted as `forward` whatever its source: it waited for an upstream, which would distort the durations of answers from memory.
      const cell = count(query, answer, size, isCut(response)) + (Source.forward - answer.source) * DURATIONS;
      counters[cell + durationBucket(elapsed)]! += 1;
      counters[cell + DURATION_SUM]! += elapsed / 1000;
    },
    batch: (elapsed) => {
      const bucket = durationBucket(elapsed);
      const seconds = elapsed / 1000;
      for (let i = 0; i < waiting; i++) {
        const cell = pending[i]!;
        counters[cell + bucket]! += 1;
        counters[cell + DURATION_SUM]! += seconds;
      }
      waiting = 0;
    },
    dropped: () => {
      counters[dropped]! += 1;
    },
    failed: (error, query) => {
      counters[failures]! += 1;
      failed(error, query);
    },
  };
}

/** Whether the TC bit is set. */
function isCut(response: Uint8Array): boolean {
  return (response[2]! & 0x02) !== 0;
}
