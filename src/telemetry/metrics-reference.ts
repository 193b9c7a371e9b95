/** docs/metrics.md, generated from the table of metrics. */
import { cells } from './cells.ts';
import { corednsMetrics } from './coredns-metrics.ts';
import { notExported } from './coredns-plugin-metrics.ts';
import { dimensions, isSlotted, slotted, type Dimension } from './dimensions.ts';
import { labelNames, type Metric } from './metric.ts';
import { metricGroups } from './metrics.ts';

/** Returns the whole page. */
export function metricsReference(): string {
  return [
    '# Metrics',
    '',
    '<!-- Written by `npm run reference` from src/telemetry/*-metrics.ts: change it there. -->',
    '',
    '`GET /metrics` on the admin address returns these metrics in the Prometheus text format, or in OpenMetrics if the client requests it. Counters',
    'with many possible label values appear once they have counted something, all others from the start.',
    '',
    ...metricGroups.flatMap((group) => section(group.title, group.rows)),
    ...section('For dashboards made for CoreDNS', corednsMetrics),
    'With `--metrics-compat coredns` these families are exported too, from the same counts, with the names, labels and buckets of current and older CoreDNS.',
    '',
    'Not exported, because kubezone has no such figures:',
    '',
    ...notExported.map((row) => `- ${row}`),
    '',
    '## Label values',
    '',
    'Of our own metrics, where a description does not name them.',
    '',
    '| Label | Values | Metrics |',
    '| --- | --- | --- |',
    ...labelValues().map(({ label, values, metrics }) => `| \`${label}\` | ${values} | ${metrics} |`),
    '',
  ].join('\n');
}

function section(title: string, rows: readonly Metric[]): string[] {
  return [
    `## ${title}`,
    '',
    '| Name | Type | Labels | Description |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => {
      const labels = labelNames(row)
        .map((label) => `\`${label}\``)
        .join(', ');
      return `| \`${row.name}\` | ${row.type} | ${labels} | ${row.help}${bucketsOf(row)} |`;
    }),
    '',
  ];
}

function bucketsOf(row: Metric): string {
  if (row.type !== 'histogram') return '';
  const bounds = row.bounds ?? cells[row.cells].bounds ?? [];
  return ` ${bounds.length} buckets from ${bounds[0] ?? 0} to ${bounds.at(-1) ?? 0}.`;
}

interface LabelValues {
  readonly label: string;
  readonly values: string;
  readonly metrics: string;
}

/** Returns the values of the labels that are plain dimensions; a label has a row for each set of values, with the metrics that have these. */
function labelValues(): LabelValues[] {
  const metricsOf = new Map<string, Map<string, string[]>>();
  for (const row of metricGroups.flatMap((group) => group.rows)) {
    if ('read' in row) continue;
    for (const [label, of] of Object.entries(row.labels)) {
      if (typeof of !== 'string') continue;
      const sets = metricsOf.get(label) ?? new Map<string, string[]>();
      metricsOf.set(label, sets);
      sets.set(valuesOf(of), [...(sets.get(valuesOf(of)) ?? []), `\`${row.name}\``]);
    }
  }
  return Array.from(metricsOf)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([label, sets]) =>
      Array.from(sets, ([values, names]) => ({ label, values, metrics: sets.size === 1 && names.length > 1 ? 'all' : names.join(', ') })),
    );
}

function valuesOf(dimension: Dimension): string {
  if (dimension === 'thread') return '`main`, or the number of a serving thread';
  if (isSlotted(dimension)) return `from the options, at most ${slotted[dimension]}`;
  return dimensions[dimension].map((value) => `\`${value}\``).join(', ');
}
