/** The types of a row in the table of metrics. */
import type { CellName } from './cells.ts';
import type { Dimension } from './dimensions.ts';

/** Facts for labels that only the running program knows. */
export interface Facts {
  readonly version: string;
  readonly revision: string;
  readonly runtime: string;
  /** The address of each proto as CoreDNS writes it: `dns://:53`, `tls://:853`, `https://:443`. */
  readonly servers: Readonly<Partial<Record<string, string>>>;
}

/** A label that is not simply a dimension: its values rewritten (undefined: not exported), or, without a dimension, the same text on every series. */
export interface LabelText {
  readonly of?: Dimension;
  text(value: string, facts: Facts): string | undefined;
}

interface Row {
  readonly name: string;
  /** One sentence with what the name alone does not say. */
  readonly help: string;
}

/** Summed from cells, over the threads and over the dimensions that no label shows. */
export interface CellMetric extends Row {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly cells: CellName;
  readonly labels: Readonly<Record<string, Dimension | LabelText>>;
  /** Counts only cells with these values. */
  readonly only?: Readonly<Partial<Record<Dimension, string>>>;
  /** The bounds of a histogram that are exported; all if absent. */
  readonly bounds?: readonly number[];
  /** How the threads' values are combined when a sum makes no sense. */
  readonly across?: 'max';
  /** Whether series at 0 are exported: true: always; false: never, because 0 means that there is no value. If absent, only if the series are few. */
  readonly zeros?: boolean;
}

/** Read from the program at scrape: what is not a count, or has values that no table can list. */
export interface ReadMetric extends Row {
  readonly type: 'counter' | 'gauge';
  readonly read: true;
  readonly labels: readonly string[];
}

export type Metric = CellMetric | ReadMetric;

/** One value of a `ReadMetric`. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function labelNames(metric: Metric): readonly string[] {
  return 'read' in metric ? metric.labels : Object.keys(metric.labels);
}
