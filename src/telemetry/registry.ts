/** The registry behind a scrape: the table of metrics, read from the threads' cells, in Prometheus's text format or OpenMetrics. */
import type { Metric as PromMetric, Registry, RegistryContentType } from 'prom-client';
import { slotted, type Slotted } from './dimensions.ts';
import { countersOver, sumOf, type Counters } from './counters.ts';
import type { Facts, Metric, Reading, ReadMetric } from './metric.ts';
import { seriesReader, type Sample, type SlotNames, type Snapshot } from './series.ts';
import type { Slots } from './slots.ts';

/** Read values at scrape, by the metric's name. A metric without a reader has no samples; one whose reader throws is left out of that scrape. */
export type Readers = Readonly<Record<string, () => Iterable<Reading>>>;

/** An example for a bucket of a histogram: one query that fell into it. */
export interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface MetricsOptions {
  readonly metrics: readonly Metric[];
  /** The main thread's block first, then one for each serving thread. */
  readonly blocks: readonly SharedArrayBuffer[];
  readonly slots: Slots;
  readonly facts: Facts;
  readonly readers: Readers;
  readonly exemplar?: ((sample: Sample) => Exemplar | undefined) | undefined;
}

export interface Scrape {
  readonly type: string;
  readonly body: string;
}

type Format = 'text' | 'openmetrics';

export interface Metrics {
  /** One at a time per format: calls made meanwhile share the scrape under way. */
  scrape(format: Format): Promise<Scrape>;
}

type Reader = (snapshot: Snapshot) => readonly Sample[];

export function createMetrics(options: MetricsOptions): Metrics {
  const blocks: readonly Counters[] = options.blocks.map(countersOver);
  let snapshot: Snapshot = { blocks, sum: sumOf(blocks) };
  let named = '';
  let readers = new Map<string, Reader>();
  /**
   * Takes a snapshot. Which cells make up which series changes only when a slot gets a name (zone, upstream, …), so readers are remade only then. At a
   * start they are not made: it would take 27 ms, and the first names come later anyway.
   */
  const take = (): void => {
    snapshot = { blocks, sum: sumOf(blocks) };
    const names: SlotNames = Object.fromEntries(
      (Object.keys(slotted) as Slotted[]).map((dimension) => [dimension, options.slots.names(dimension)]),
    );
    if (JSON.stringify(names) === named) return;
    named = JSON.stringify(names);
    readers = new Map(options.metrics.map((metric) => [metric.name, readerOf(metric, names, options)]));
  };

  const underWay = new Map<Format, Promise<Scrape>>();
  const registries = new Map<Format, Registry<RegistryContentType>>();
  const registryOf = async (format: Format): Promise<Registry<RegistryContentType>> => {
    let registry = registries.get(format);
    if (registry !== undefined) return registry;
    // Nor is the library loaded at a start. Its default export: it is CommonJS, which has no named ones in the bundle.
    const { Registry } = (await import('prom-client')).default;
    registry = new Registry<RegistryContentType>();
    registry.setContentType(format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE);
    for (const metric of options.metrics)
      registry.registerMetric(promMetric(metric, () => readers.get(metric.name)!(snapshot), options.exemplar));
    registries.set(format, registry);
    return registry;
  };
  const scrape = async (format: Format): Promise<Scrape> => {
    const registry = await registryOf(format);
    take();
    return { type: registry.contentType, body: await registry.metrics() };
  };

  return {
    scrape: (format) => {
      const going = underWay.get(format);
      if (going !== undefined) return going;
      const started = scrape(format).finally(() => underWay.delete(format));
      underWay.set(format, started);
      return started;
    },
  };
}

function readerOf(metric: Metric, names: SlotNames, { readers, facts }: MetricsOptions): Reader {
  return 'read' in metric ? () => samplesOf(metric, readers) : seriesReader(metric, names, facts);
}

function samplesOf(metric: ReadMetric, readers: Readers): Sample[] {
  try {
    return Array.from(readers[metric.name]?.() ?? [], ({ labels = {}, value }) => ({ name: metric.name, labels, value }));
  } catch {
    return [];
  }
}

interface PromValue {
  value: number;
  metricName: string;
  labels: { le?: string };
  sharedLabels: object;
  exemplar?: Exemplar | undefined;
}

const leLabels = new Map<string, { le: string }>();
const noLabels = {};

/**
 * What prom-client needs of a metric in a registry. Its own classes do not fit: the buckets of a histogram cannot be set, and each increment
 * would cost as much as a whole answer.
 */
function promMetric(metric: Metric, read: () => readonly Sample[], exemplar: MetricsOptions['exemplar']): PromMetric {
  const { name, help, type } = metric;
  const value = (sample: Sample): PromValue => ({
    value: sample.value,
    // In OpenMetrics prom-client appends `_total` to a counter's samples itself.
    metricName: type === 'counter' ? registered.name : sample.name,
    labels: sample.le === undefined ? noLabels : leLabel(sample.le),
    sharedLabels: sample.labels,
    ...(sample.le !== undefined && exemplar !== undefined && { exemplar: exemplar(sample) }),
  });
  const registered = {
    name,
    help,
    type,
    get: () => Promise.resolve({ name: registered.name, help, type, aggregator: 'sum', values: read().map(value) }),
    reset: () => undefined,
  };
  return registered as unknown as PromMetric;
}

function leLabel(le: string): { le: string } {
  let label = leLabels.get(le);
  if (label === undefined) leLabels.set(le, (label = { le }));
  return label;
}
