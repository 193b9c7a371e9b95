/** The cost of counting and recording a query on the serving thread, and of a query log line on the main thread. */
import { bench, group, run } from 'mitata';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { countersBlock, countersOver } from '../../src/telemetry/counters.ts';
import { LineWriter } from '../../src/telemetry/line-writer.ts';
import { formats } from '../../src/telemetry/query-log-format.ts';
import { RecordView, writeRecord, TO_LOG } from '../../src/telemetry/query-record.ts';
import { QueryRecorder } from '../../src/telemetry/query-recorder.ts';
import { QueryRing, ringBlock, type Recording } from '../../src/telemetry/query-ring.ts';
import { responderObserver } from '../../src/telemetry/responder-observer.ts';
import { Slots, slotsBlock, zoneFinder } from '../../src/telemetry/slots.ts';
import { emptyAnswer, Source } from '../../src/wire/answer.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { QueryReader } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';

const BATCH = 64;
const client = { address: new Uint8Array([10, 1, 2, 3]), port: 40_000, transport: 'udp' } as const;
const answer = emptyAnswer(0, Source.zone);
const queries = Array.from({ length: 1024 }, (_, i) => {
  const name = nameFromText(`service-${i}.namespace-${i % 50}.svc.cluster.local`)!;
  const packet = writeQuestion({ name, type: i % 2 === 0 ? 1 : 28, dnssecOk: false, checkingDisabled: false }, i, 1232);
  const reader = new QueryReader(client);
  reader.read(packet, packet.length, client, systemClock.monotonic());
  return reader.query;
});

const recordNothing: Recording = { every: 0, errors: false, slow: 0, topEvery: 0 };

function observed(recording: Recording | undefined): () => void {
  const counters = countersOver(countersBlock());
  const zoneOf = zoneFinder(new Slots(slotsBlock()), ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.']);
  const ring = new QueryRing(ringBlock(4 * 1024 * 1024));
  if (recording !== undefined) ring.recording = recording;
  const recorder = recording === undefined ? undefined : new QueryRecorder(ring, counters, systemClock, systemRandom);
  const observer = responderObserver({ counters, zoneOf, recorder, failed: () => undefined });
  let at = 0;
  return () => {
    for (let i = 0; i < BATCH; i++) {
      const query = queries[at++ & 1023]!;
      observer.responded(query, answer, 76, query.packet);
    }
    observer.batch(0.3);
    ring.read(BATCH, () => undefined);
  };
}

group('64 answers observed', () => {
  bench('counted', observed(undefined)).baseline();
  bench('counted, recorder idle', observed(recordNothing));
  bench('counted, 1 in 64 for /top', observed({ ...recordNothing, topEvery: 64 }));
  bench('counted, slow ones logged', observed({ ...recordNothing, slow: 100 }));
  bench('counted, 1 in 100 logged', observed({ ...recordNothing, every: 100 }));
  bench('counted, all logged', observed({ ...recordNothing, every: 1 }));
});

group('64 lines formatted', () => {
  const ring = new QueryRing(ringBlock(4 * 1024 * 1024));
  ring.origin = 1_700_000_000_000;
  const offsets = queries.slice(0, BATCH).map((query) => writeRecord(ring, TO_LOG, query, answer, 76, query.packet));
  const lines = new LineWriter(256 * 1024);
  const view = new RecordView(ring);
  for (const [name, format] of Object.entries(formats)) {
    bench(name, () => {
      lines.length = 0;
      for (const offset of offsets) format(view.at(ring, offset), lines);
    });
  }
});

await run();
