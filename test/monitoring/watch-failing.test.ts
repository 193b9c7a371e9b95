/** Tests the alert KubezoneWatchFailing with the reflector's real backoff, since its threshold and the backoff are in different files. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createBackoff } from '../../src/kubernetes/backoff.ts';
import { fakeClock } from '../fakes/clock.ts';

const rules = fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url));
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kubezone-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The failures of a watch that fails at every try, as counted at each scrape: every 30 s for half an hour. */
async function failures(random: () => number): Promise<number[]> {
  const clock = fakeClock();
  const backoff = createBackoff(clock, random);
  const counts: number[] = [];
  let next = 0;
  for (let scrape = 0, count = 0; scrape < 60; scrape++) {
    for (; next <= clock.monotonic(); next += backoff.next()) count++;
    counts.push(count);
    await clock.advance(30_000);
  }
  return counts;
}

const alternating = (values: readonly number[]): (() => number) => {
  let turn = 0;
  return () => values[turn++ % values.length]!;
};

test.skipIf(!hasPromtool).each([
  ['shortest', [0]],
  ['longest', [1]],
  ['usual', [0.1, 0.9, 0.4, 0.6]],
])('a watch that is forbidden is alerted of, with the %s waits (skipped without promtool)', async (name, random) => {
  const labels = '{job="kubezone", instance="a", resource="services", reason="forbidden"}';
  const series = `kubezone_reflector_errors_total${labels}`;
  const alerts = { expr: 'count(ALERTS{alertname="KubezoneWatchFailing", alertstate="firing"})', eval_time: '25m' };
  const path = join(folder, `${name}.yaml`);
  const input = { series, values: (await failures(alternating(random))).join(' ') };
  const synced = { series: 'kubezone_reflector_synced{job="kubezone", instance="a", resource="services", namespace=""}', values: '1x60' };
  const fires = { ...alerts, exp_samples: [{ labels: '{}', value: 1 }] };
  writeFileSync(
    path,
    stringify({
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [{ interval: '30s', input_series: [input, synced], promql_expr_test: [fires] }],
    }),
  );
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
});
