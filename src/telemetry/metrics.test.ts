import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { CELLS } from './cells.ts';
import { corednsMetrics } from './coredns-metrics.ts';
import { countersBlock, countersOver } from './counters.ts';
import { labelNames, type Facts, type Metric } from './metric.ts';
import { metricsReference } from './metrics-reference.ts';
import { ownMetrics } from './metrics.ts';
import { processReaders } from './process-readers.ts';
import { createMetrics, type Readers, type Scrape } from './registry.ts';
import { Slots, slotsBlock } from './slots.ts';

const facts: Facts = {
  version: '1.2.3',
  revision: 'abc',
  runtime: 'v26',
  servers: { udp: 'dns://:53', tcp: 'dns://:53', tls: 'tls://:853', https: 'https://:443' },
};
const all: readonly Metric[] = [...ownMetrics, ...corednsMetrics];
const promtool = spawnSync('promtool', ['--version']).status === 0;

/** The most that a server of that size can export: every cell counted, every reader called. */
function fullScrape(size: { threads: number; zones: number; upstreams: number }, format: 'text' | 'openmetrics' = 'text'): Promise<Scrape> {
  return fullMetrics(size).scrape(format);
}

function fullMetrics({
  threads,
  zones,
  upstreams,
}: {
  threads: number;
  zones: number;
  upstreams: number;
}): ReturnType<typeof createMetrics> {
  const slots = new Slots(slotsBlock());
  for (let i = 0; i < zones; i++) slots.of('zone', `zone-${i}.example.`);
  slots.of('list', 'ads.txt');
  slots.of('hostsFile', '/etc/hosts');
  slots.of('apiHost', '10.96.0.1:443');
  for (let i = 0; i < upstreams; i++) slots.of('upstream', `udp://192.0.2.${i}:53`);
  const blocks = Array.from({ length: threads + 1 }, countersBlock);
  for (const block of blocks) countersOver(block).fill(1);
  const read = all.filter((metric) => 'read' in metric);
  const readers: Readers = Object.fromEntries(
    read.map((metric) => [metric.name, () => [{ labels: Object.fromEntries(metric.labels.map((label) => [label, 'x'])), value: 1 }]]),
  );
  return createMetrics({ metrics: all, blocks, slots, facts, readers: { ...readers, ...processReaders(facts, systemClock) } });
}

const families = (body: string): string[] => [...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!);

test('every name is there once, and says a sentence', () => {
  const names = all.map((metric) => metric.name);
  expect(new Set(names).size).toBe(names.length);
  for (const metric of all) expect(metric.help, metric.name).toMatch(/^[A-Z0-9].*\.$/);
});

test.each(all.map((metric) => [metric.name, metric] as const))('%s follows the conventions of Prometheus', (name, metric) => {
  expect(name).toMatch(/^(kubezone|coredns|process|go)_[a-z0-9_]+$/);
  expect(name.endsWith('_total')).toBe(metric.type === 'counter');
  if (metric.type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
  expect(name).not.toMatch(/_(ms|milliseconds|kb|mb)(_|$)/);
  for (const label of labelNames(metric)) expect(label).toMatch(/^[a-z_]+$/);
});

test('what is documented is what is exported', async () => {
  const { body } = await fullScrape({ threads: 1, zones: 1, upstreams: 1 });
  const documented = [...metricsReference().matchAll(/^\| `((?:kubezone|coredns|process|go)_\w+)`/gm)].map((match) => match[1]!);
  expect(families(body).toSorted()).toEqual(documented.toSorted());
  for (const family of documented) expect(body, `${family} has samples`).toMatch(new RegExp(`^${family}(_bucket)?[{ ]`, 'm'));
});

test.skipIf(!promtool)('promtool has nothing to say about a scrape, CoreDNS families included (skipped without promtool)', async () => {
  const { body } = await fullScrape({ threads: 2, zones: 3, upstreams: 2 });
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  expect({ status, says: stdout + stderr }).toEqual({ status: 0, says: '' });
});

test('OpenMetrics has the same families, and its counters keep their names', async () => {
  const { type, body } = await fullScrape({ threads: 1, zones: 1, upstreams: 1 }, 'openmetrics');
  expect(type).toContain('application/openmetrics-text');
  expect(body.endsWith('\n# EOF\n')).toBe(true);
  expect(body).toMatch(/^# TYPE kubezone_dns_requests counter$/m);
  expect(body).toMatch(/^kubezone_dns_requests_total\{/m);
  expect(families(body)).toHaveLength(all.length);
});

test('a reader that throws leaves its metric empty and the rest whole', async () => {
  const readers: Readers = {
    process_open_fds: () => {
      throw new Error('no /proc here');
    },
  };
  const metrics = createMetrics({ metrics: ownMetrics, blocks: [countersBlock()], slots: new Slots(slotsBlock()), facts, readers });
  const { body } = await metrics.scrape('text');
  expect(body).not.toMatch(/^process_open_fds/m);
  expect(body).toMatch(/^kubezone_dns_dropped_total 0$/m);
});

test('scrapes at the same time share one, of each format', async () => {
  const metrics = fullMetrics({ threads: 1, zones: 1, upstreams: 1 });
  const first = metrics.scrape('text');
  expect(metrics.scrape('text')).toBe(first);
  expect((await metrics.scrape('openmetrics')).type).not.toBe((await first).type);
  expect(metrics.scrape('text')).not.toBe(first);
});

test('the blocks of all threads are added up; a thread label keeps them apart', async () => {
  const { body } = await fullScrape({ threads: 3, zones: 1, upstreams: 1 });
  expect(body).toMatch(/^kubezone_dns_dropped_total 4$/m);
  expect(body).toMatch(/^kubezone_thread_gc_runs_total\{thread="main"\} 1$/m);
  expect(body).toMatch(/^kubezone_thread_gc_runs_total\{thread="2"\} 1$/m);
  expect(body).toMatch(/^kubezone_listener_receive_buffer_bytes\{proto="udp"\} 1$/m);
  expect(CELLS * 8, 'bytes of a thread').toBeLessThan(512 * 1024);
});
