/** A thread that writes numbered records into a query ring as fast as it can, and reports how many were written and lost. */
import { parentPort, workerData } from 'node:worker_threads';
import { QueryRing } from '../../src/telemetry/query-ring.ts';

const { block, records } = workerData as { block: SharedArrayBuffer; records: number };
const ring = new QueryRing(block);
let written = 0;
let lost = 0;
for (let i = 0; i < records; i++) {
  const length = 16 + (i % 30) * 8;
  const offset = ring.claim(length);
  if (offset === -1) {
    lost++;
    continue;
  }
  ring.words[(offset >> 2) + 1] = i;
  ring.octets.fill(i & 0xff, offset + 8, offset + length);
  written++;
  if (i % 7 === 0) ring.publish();
}
ring.publish();
parentPort!.postMessage({ written, lost });
