import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { unknownIn } from './expressions.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

interface RuleTest {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const { groups } = parse(read('deploy/prometheus/rules.yaml')) as { groups: readonly { rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const testFiles = ['rules.test.yaml', 'rules.hours.test.yaml'];
const tests = testFiles.flatMap((file) => (parse(read(`deploy/prometheus/${file}`)) as { tests: readonly RuleTest[] }).tests);
const sections = [...read('docs/runbook.md').matchAll(/^## (\w+)\n\n\*(\w+)\.\*/gm)].map(([, name, severity]) => [name, severity]);
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test('each alert has its section in the runbook, and each section its alert, in the same order and of the same severity', () => {
  expect(sections).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]));
});

describe.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (alert, { expr, labels, annotations }) => {
  test('leads to its section, and says what is so', () => {
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    for (const text of [annotations.summary, annotations.description]) expect(text).toMatch(/\.$/);
  });

  test('names only metrics and labels of the table', () => {
    expect(unknownIn(expr)).toEqual([]);
  });

  test('has a case in which it fires and one in which it does not', () => {
    const outcomes = tests.flatMap((row) => row.alert_rule_test).filter(({ alertname }) => alertname === alert);
    expect(new Set(outcomes.map(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(new Set([true, false]));
  });
});

test.skipIf(!hasPromtool).each([['check', 'rules', 'rules.yaml'], ...testFiles.map((file) => ['test', 'rules', file])])(
  'promtool %s %s %s (skipped without promtool)',
  (...args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: new URL('deploy/prometheus', root), encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  },
  // It takes ten seconds of a core, which other tests use too.
  180_000,
);
