import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rows } from '../../cmd/reference/dashboard/panels.ts';
import { grafana15762, variables15762 } from '../monitoring/grafana-15762.ts';
import { hasPrometheus, type Series } from '../monitoring/prometheus.ts';
import { watch, type Watched } from '../monitoring/watched.ts';

/** Long enough for an audit, a lost event, a relist, and an upstream that is marked down. */
const SECONDS = 45;

describe.skipIf(!hasPrometheus)('a real Prometheus that scrapes two replicas under load (skipped without prometheus)', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await watch(SECONDS);
  }, 120_000);
  afterAll(() => watched.close());

  const points = (series: readonly Series[]): number =>
    series.flatMap((one) => one.points).filter(([, value]) => Number.isFinite(value)).length;

  const queries = rows.flatMap(({ panels }) =>
    panels.flatMap((panel) => panel.queries.map(({ expression }, index) => [`${panel.title} ${index + 1}`, expression] as const)),
  );
  test.each(queries)('has data for our panel %s', async (_, expression) => {
    expect(points(await watched.range(expression)), expression).toBeGreaterThan(0);
  });

  test.each(grafana15762.map(({ panel, expression }) => [panel, expression] as const))(
    "has data for the panel %s of Grafana's 15762",
    async (_, expression) => {
      expect(points(await watched.range(expression)), expression).toBeGreaterThan(0);
    },
  );

  test.each(variables15762.map((metric) => [metric]))('has values of %s to choose from', async (metric) => {
    const series = await watched.range(metric);
    expect(new Set(series.map(({ labels }) => labels.instance)).size).toBe(2);
  });

  test('finds nothing wrong with what it scrapes', async () => {
    for (const admin of watched.admins) {
      const input = await (await fetch(`${admin}/metrics`)).text();
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      expect({ status, says: stdout + stderr }).toEqual({ status: 0, says: '' });
    }
  });

  test('fires no alert that speaks of our own failure', async () => {
    const firing = (await watched.range('ALERTS{alertstate="firing"}')).map(({ labels }) => labels.alertname);
    // Caused by what the test makes the API server and the upstream do.
    const expected = ['KubezoneAuditDifferences', 'KubezoneUpstreamDown', 'KubezoneAttackSigns'];
    expect(firing.filter((alert) => !expected.includes(alert!))).toEqual([]);
  });
});
