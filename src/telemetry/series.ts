/** Turns cells into the samples of a metric: which cells add up to which series is computed once, and again when a slot gets a name. */
import { cells } from './cells.ts';
import { dimensions, isSlotted, sizeOf, type Dimension, type Slotted } from './dimensions.ts';
import type { CellMetric, Facts } from './metric.ts';
import type { Counters } from './counters.ts';

/** Values of the slotted dimensions, by slot. */
export type SlotNames = Readonly<Partial<Record<Slotted, readonly string[]>>>;

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly le?: string;
  readonly value: number;
}

/** What a scrape reads: every thread's block, the main thread's first, and their sum. */
export interface Snapshot {
  readonly blocks: readonly Counters[];
  readonly sum: Counters;
}

interface Plan {
  /** The series of each set of label values; -1 if it is not exported. */
  readonly seriesOf: Int32Array;
  readonly labels: readonly Readonly<Record<string, string>>[];
}

/** Lines up to which a metric is exported before anything was counted: a rate must see the first event, but thousands of zeros help nobody. */
const ZEROS = 32;

/** Returns a function that reads one metric from a snapshot. A label `thread` keeps the blocks apart. */
export function seriesReader(metric: CellMetric, slots: SlotNames, facts: Facts): (snapshot: Snapshot) => Sample[] {
  const byThread = Object.entries(metric.labels).find(([, of]) => of === 'thread')?.[0];
  const plan = planOf(metric, slots, facts, byThread);
  const { bounds = [] } = cells[metric.cells];
  const shown = metric.type === 'histogram' ? (metric.bounds ?? bounds) : [];
  const lines = metric.type === 'histogram' ? shown.length + 3 : 1;
  const zeros = metric.zeros ?? plan.labels.length * lines <= ZEROS;
  const emit = (values: Float64Array, extra: Readonly<Record<string, string>> | undefined): Sample[] =>
    plan.labels.flatMap((labels, series) => {
      const all = extra === undefined ? labels : { ...labels, ...extra };
      return metric.type === 'histogram'
        ? histogramSamples(metric.name, all, values, series * (bounds.length + 2), bounds, shown, zeros)
        : zeros || values[series] !== 0
          ? [{ name: metric.name, labels: all, value: values[series]! }]
          : [];
    });
  return ({ blocks, sum }) => {
    if (byThread !== undefined)
      return blocks.flatMap((block, thread) => emit(gather(metric, plan, [block]), { [byThread]: threadName(thread) }));
    return emit(gather(metric, plan, metric.across === 'max' ? blocks : [sum]), undefined);
  };
}

function threadName(thread: number): string {
  return thread === 0 ? 'main' : String(thread - 1);
}

/** Adds up the cells of each series; for a histogram exported as a counter, its count. */
function gather(metric: CellMetric, plan: Plan, blocks: readonly Counters[]): Float64Array {
  const { start, width, sets, bounds } = cells[metric.cells];
  const count = metric.type !== 'histogram' && bounds !== undefined;
  const values = new Float64Array(plan.labels.length * (count ? 1 : width));
  for (const block of blocks) {
    for (let set = 0; set < sets; set++) {
      const series = plan.seriesOf[set]!;
      if (series === -1) continue;
      for (let i = 0; i < (count ? bounds.length + 1 : width); i++) {
        const value = block[start + set * width + i]!;
        const at = count ? series : series * width + i;
        values[at] = metric.across === 'max' ? Math.max(values[at]!, value) : values[at]! + value;
      }
    }
  }
  return values;
}

function histogramSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  values: Float64Array,
  at: number,
  bounds: readonly number[],
  shown: readonly number[],
  zeros: boolean,
): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (let i = 0; i < bounds.length; i++) {
    count += values[at + i]!;
    if (shown === bounds || shown.includes(bounds[i]!))
      samples.push({ name: `${name}_bucket`, labels, le: String(bounds[i]), value: count });
  }
  count += values[at + bounds.length]!;
  if (count === 0 && !zeros) return [];
  samples.push({ name: `${name}_bucket`, labels, le: '+Inf', value: count });
  samples.push({ name: `${name}_sum`, labels, value: values[at + bounds.length + 1]! });
  samples.push({ name: `${name}_count`, labels, value: count });
  return samples;
}

function planOf(metric: CellMetric, slots: SlotNames, facts: Facts, byThread: string | undefined): Plan {
  const { by, sets } = cells[metric.cells];
  const texts = textsOf(metric, by, slots, facts, byThread);
  const seriesOf = new Int32Array(sets).fill(-1);
  const seriesByKey = new Map<string, number>();
  const labels: Record<string, string>[] = [];
  for (let set = 0; set < sets; set++) {
    const values = texts(set);
    if (values === undefined) continue;
    const key = JSON.stringify(values);
    let series = seriesByKey.get(key);
    if (series === undefined) {
      series = labels.push(values) - 1;
      seriesByKey.set(key, series);
    }
    seriesOf[set] = series;
  }
  return { seriesOf, labels };
}

/** Returns the labels of a set of cells; undefined if it has a slot without a name or a value that is not exported. */
function textsOf(
  metric: CellMetric,
  by: readonly Dimension[],
  slots: SlotNames,
  facts: Facts,
  byThread: string | undefined,
): (set: number) => Record<string, string> | undefined {
  const columns = by.map((dimension, position) => {
    const later = by.slice(position + 1).reduce((product, other) => product * sizeOf(other), 1);
    const names = namesOf(dimension, slots);
    return { dimension, read: (set: number) => names[Math.floor(set / later) % sizeOf(dimension)] };
  });
  const rows = Object.entries(metric.labels).filter(([label]) => label !== byThread);
  const unnamed = rows.flatMap(([, of]) => (typeof of === 'string' ? [] : of.of === undefined ? [] : [of.of]));
  for (const dimension of [...unnamed, ...rows.flatMap(([, of]) => (typeof of === 'string' ? [of] : []))]) {
    if (!by.includes(dimension)) throw new TypeError(`${metric.name}: its cells are not counted by ${dimension}`);
  }
  return (set) => {
    const values = new Map(columns.map(({ dimension, read }) => [dimension, read(set)]));
    if (values.values().some((value) => value === undefined)) return undefined;
    if (values.entries().some(([dimension, value]) => (metric.only?.[dimension] ?? value) !== value)) return undefined;
    const labels: Record<string, string> = {};
    for (const [label, of] of rows) {
      const text = typeof of === 'string' ? values.get(of) : of.text(of.of === undefined ? '' : (values.get(of.of) ?? ''), facts);
      if (text === undefined) return undefined;
      labels[label] = text;
    }
    return labels;
  };
}

function namesOf(dimension: Dimension, slots: SlotNames): readonly string[] {
  if (isSlotted(dimension)) return slots[dimension] ?? [];
  return dimension === 'thread' ? [] : dimensions[dimension];
}
