/** What a row of the table of metrics is. */
import type { CellName } from './cells.ts';
import type { Dimension } from './dimensions.ts';

/** What labels say that only the running program knows. */
export interface Facts {
  readonly version: string;
  readonly revision: string;
  readonly runtime: string;
  /** `dns://:53`, `tls://:853`, `https://:443`: the address of each proto, as CoreDNS writes it. */
  readonly servers: Readonly<Partial<Record<string, string>>>;
}

/** A label that is not simply a dimension: its values rewritten (undefined: not shown), or with no dimension the same on every series. */
export interface LabelText {
  readonly of?: Dimension;
  text(value: string, facts: Facts): string | undefined;
}

interface Row {
  readonly name: string;
  /** One sentence, with what is not plain from the name. */
  readonly help: string;
}

/** Summed from cells: over the threads, and over the dimensions that no label shows. */
export interface CellMetric extends Row {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly cells: CellName;
  readonly labels: Readonly<Record<string, Dimension | LabelText>>;
  /** Cells of that value alone. */
  readonly only?: Readonly<Partial<Record<Dimension, string>>>;
  /** Bounds shown of a histogram's cells; all unless said. */
  readonly bounds?: readonly number[];
  /** How the threads' values come together when they are no parts of a sum. */
  readonly across?: 'max';
  /** Whether series are shown that are 0: always, or never as it is no value. Unless said, where there are few of them. */
  readonly zeros?: boolean;
}

/** Asked of the program at scrape: what is no count, or has values that no table can list. */
export interface ReadMetric extends Row {
  readonly type: 'counter' | 'gauge';
  readonly read: true;
  readonly labels: readonly string[];
}

export type Metric = CellMetric | ReadMetric;

/** One value of a metric that is read. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function labelNames(metric: Metric): readonly string[] {
  return 'read' in metric ? metric.labels : Object.keys(metric.labels);
}
