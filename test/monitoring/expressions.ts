/** Checks the metrics, and the labels for selection and grouping, that PromQL expressions name. */
import { labelNames, type Metric } from '../../src/telemetry/metric.ts';
import { corednsMetrics } from '../../src/telemetry/coredns-metrics.ts';
import { ownMetrics } from '../../src/telemetry/metrics.ts';

const table = new Map(
  [...ownMetrics, ...corednsMetrics].flatMap((metric) => seriesOf(metric).map((name): [string, Metric] => [name, metric])),
);
/** Labels that Prometheus adds to every target's series. */
const OF_TARGETS = ['job', 'instance'];

function seriesOf({ name, type }: Metric): string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];
}

/** Returns the metrics and labels of an expression that the server does not export. */
export function unknownIn(expression: string): string[] {
  // Quoted text contains no names.
  const bare = expression.replace(/"[^"]*"/g, '""').replaceAll(/\$\w+/g, '');
  const names = [...bare.matchAll(/\b(?:kubezone|coredns|process|go)_\w+|\bup\b/g)].map(([name]) => name);
  const known = names.filter((name) => table.has(name));
  const metrics = names.filter((name) => name !== 'up' && !table.has(name)).map((name) => `metric ${name}`);
  const labels = new Set([...OF_TARGETS, 'le', ...known.flatMap((name) => labelNames(table.get(name)!)), ...made(expression)]);
  const grouped = [...bare.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','));
  const chosen = [...bare.matchAll(/\b(\w+)\{([^}]*)\}/g)].flatMap(([, name = '', selectors = '']) => wrongSelectors(name, selectors));
  const groups = grouped.map((label) => label.trim()).filter((label) => label !== '' && !labels.has(label));
  return [...metrics, ...chosen, ...groups.map((label) => `label ${label}`)];
}

export function metricsIn(expression: string): string[] {
  return [...expression.replace(/"[^"]*"/g, '""').matchAll(/\b(?:kubezone|coredns|process)_\w+/g)].map(
    ([name]) => table.get(name)?.name ?? name,
  );
}

function wrongSelectors(name: string, selectors: string): string[] {
  const metric = table.get(name);
  if (metric === undefined) return [];
  const allowed = new Set([...OF_TARGETS, ...labelNames(metric), ...(metric.type === 'histogram' ? ['le'] : [])]);
  const labels = [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
  return labels.filter((label) => !allowed.has(label)).map((label) => `${name} has no label ${label}`);
}

/** Labels that the expression itself creates. */
function made(expression: string): string[] {
  return [...expression.matchAll(/count_values\s*(?:by\s*\([^)]*\)\s*)?\("(\w+)"/g)].map(([, label]) => label!);
}
