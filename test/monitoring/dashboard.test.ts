import { describe, expect, test } from 'vitest';
import { grafanaDashboard } from '../../cmd/reference/dashboard/grafana.ts';
import { rows } from '../../cmd/reference/dashboard/panels.ts';
import { metricsIn, unknownIn } from './expressions.ts';

const panels = rows.flatMap((row) => row.panels);

describe.each(panels.map((panel) => [panel.title, panel] as const))('panel %s', (_, panel) => {
  test('names only metrics and labels of the table, and says a sentence', () => {
    for (const { expression } of panel.queries) expect(unknownIn(expression), expression).toEqual([]);
    expect(panel.says).toMatch(/^[A-Z0-9].*\.$/);
  });

  test('asks of the servers that are chosen', () => {
    for (const { expression } of panel.queries) {
      expect(expression.match(/job=~"\$job",instance=~"\$instance"/g)?.length, expression).toBe(metricsIn(expression).length);
    }
  });

  test('has a legend that its query fills', () => {
    for (const { expression, legend } of panel.queries) {
      const grouped = /\bby \(([^)]*)\)/.exec(expression)?.[1]?.split(/,\s*/);
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) if (grouped !== undefined) expect(grouped, expression).toContain(label);
    }
  });
});

test('what an operator looks at first is on it', () => {
  const shown = new Set(panels.flatMap((panel) => panel.queries.flatMap(({ expression }) => metricsIn(expression))));
  const wanted = [
    'kubezone_dns_requests_total',
    'kubezone_dns_responses_total',
    'kubezone_dns_request_duration_seconds',
    'kubezone_cache_hits_total',
    'kubezone_upstream_duration_seconds',
    'kubezone_reflector_age_seconds',
    'kubezone_cluster_programming_duration_seconds',
    'kubezone_cluster_digest',
    'kubezone_thread_cpu_seconds_total',
    'process_resident_memory_bytes',
  ];
  for (const metric of wanted) expect(shown).toContain(metric);
  expect(panels.filter(({ kind }) => kind === 'heatmap').length).toBeGreaterThan(0);
});

test('panels stand beside each other: none covers another or leaves the grid', () => {
  const placed = (JSON.parse(grafanaDashboard()) as { panels: { id: number; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[] }).panels;
  const taken = new Set<string>();
  for (const { gridPos } of placed) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false);
        taken.add(`${x} ${y}`);
      }
    }
  }
  expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
});

test.each([
  ['rate(kubezone_no_such_total[5m])', ['metric kubezone_no_such_total']],
  ['kubezone_cache_hits_total{colour="red"}', ['kubezone_cache_hits_total has no label colour']],
  ['sum by (colour) (kubezone_cache_entries)', ['label colour']],
  ['kubezone_dns_request_duration_seconds', ['metric kubezone_dns_request_duration_seconds']],
])('%s is found out', (expression, found) => {
  expect(unknownIn(expression)).toEqual(found);
});
