/** The types of the dashboard's panels, and functions that make panels and queries. */

export interface Panel {
  readonly title: string;
  /** One sentence: what it shows, and what is wrong when it does not look as usual. */
  readonly says: string;
  readonly kind: 'lines' | 'stacked' | 'heatmap' | 'number';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
}

export interface Query {
  /** Grafana fills in $job, $instance and $__rate_interval. */
  readonly expression: string;
  /** `{{label}}` becomes a label's value. */
  readonly legend: string;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Grafana's names of units. */
export type Unit = 'reqps' | 's' | 'bytes' | 'percentunit' | 'short' | 'none' | 'cps';

/** `name{job=~…, instance=~…, labels}`: the series of the servers chosen at the top of the dashboard. */
export function chosen(name: string, labels = ''): string {
  return `${name}{job=~"$job",instance=~"$instance"${labels === '' ? '' : `,${labels}`}}`;
}

/** The rate per second, over the interval that Grafana chooses. */
export function rate(name: string, labels = ''): string {
  return `rate(${chosen(name, labels)}[$__rate_interval])`;
}

export function sumBy(labels: string, expression: string): string {
  return `sum by (${labels}) (${expression})`;
}

/** A quantile of a histogram, over the chosen servers and by `labels`. */
export function quantile(q: number, name: string, labels = '', where = ''): string {
  return `histogram_quantile(${q}, ${sumBy(labels === '' ? 'le' : `${labels}, le`, rate(`${name}_bucket`, where))})`;
}

export function lines(
  title: string,
  unit: Unit,
  says: string,
  ...queries: readonly (readonly [expression: string, legend: string])[]
): Panel {
  return { title, says, kind: 'lines', unit, queries: queries.map(([expression, legend]) => ({ expression, legend })), width: 8 };
}

export function stacked(...[title, unit, says, ...queries]: Parameters<typeof lines>): Panel {
  return { ...lines(title, unit, says, ...queries), kind: 'stacked' };
}

export function number(title: string, unit: Unit, says: string, expression: string): Panel {
  return { title, says, kind: 'number', unit, queries: [{ expression, legend: '' }], width: 4 };
}

/** A heatmap of a histogram. */
export function heatmap(title: string, unit: Unit, says: string, name: string): Panel {
  const expression = sumBy('le', `increase(${chosen(`${name}_bucket`)}[$__rate_interval])`);
  return { title, says, kind: 'heatmap', unit, queries: [{ expression, legend: '{{le}}' }], width: 8 };
}
