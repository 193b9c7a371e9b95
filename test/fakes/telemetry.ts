/** Telemetry for tests: one thread's counters, and the metrics that a scrape shows. */
import { corednsMetrics } from '../../src/telemetry/coredns-metrics.ts';
import { countersBlock, countersOver, type Counters } from '../../src/telemetry/counters.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { ownMetrics } from '../../src/telemetry/metrics.ts';
import { createMetrics, type Metrics, type Readers } from '../../src/telemetry/registry.ts';
import { Slots, slotsBlock } from '../../src/telemetry/slots.ts';

export interface Telemetry {
  readonly block: SharedArrayBuffer;
  readonly counters: Counters;
  readonly slots: Slots;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The messages logged. */
  readonly said: readonly string[];
}

export function fakeTelemetry(readers: Readers = {}): Telemetry {
  const block = countersBlock();
  const slots = new Slots(slotsBlock());
  const facts = { version: '', revision: '', runtime: '', servers: { udp: 'dns://:53' } };
  const metrics = createMetrics({ metrics: [...ownMetrics, ...corednsMetrics], blocks: [block], slots, facts, readers });
  const said: string[] = [];
  const say = (_: object, message: string): void => void said.push(message);
  return { block, counters: countersOver(block), slots, metrics, said, log: { trace: say, debug: say, info: say, warn: say, error: say } };
}

/** The samples of a scrape that are not 0. */
export async function nonZero(metrics: Metrics): Promise<string[]> {
  const { body } = await metrics.scrape('text');
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith(' 0'));
}
