import { expect, test } from 'vitest';
import { camelCase, environmentName, type Option } from './option.ts';
import { optionGroups, options } from './options.ts';
import { reload } from './reload.ts';
import { defaultItems, readItems } from './values.ts';
import { load } from './load.ts';

const known = [
  'name',
  'type',
  'values',
  'pattern',
  'min',
  'max',
  'many',
  'separator',
  'default',
  'otherwise',
  'does',
  'right',
  'reloadable',
  'notInFile',
];

test.each(options.map((option) => [option.name, option] as const))('%s', (name, option: Option) => {
  expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  // `--no-x` turns off a boolean x.
  expect(name).not.toMatch(/^no-/);
  expect(Object.keys(option).filter((key) => !known.includes(key))).toEqual([]);
  expect(option.does).toMatch(/^[A-Z].*\.$/);
  if (option.pattern !== undefined) expect([option.type, option.right]).toEqual(['string', expect.any(String)]);
  expect(option.type === 'enum').toBe(option.values !== undefined);
  expect(readItems(option, defaultItems(option)).errors).toEqual([]);
  const empty = option.default === undefined || (typeof option.default === 'object' && Object.keys(option.default).length === 0);
  if (empty) expect(option.otherwise, 'says what happens when nothing is given').toBeTruthy();
});

test('every option has a name of its own, in every spelling', () => {
  for (const spelling of [(name: string): string => name, camelCase, environmentName]) {
    const names = options.map((option) => spelling(option.name));
    expect(new Set(names).size).toBe(names.length);
  }
});

test('no option has the name of a variable that Kubernetes sets', () => {
  for (const { name } of options) expect(environmentName(name)).not.toMatch(/_(SERVICE_HOST|SERVICE_PORT|PORT)$/);
});

test('every group has rows', () => {
  for (const group of optionGroups) expect(group.rows.length, group.title).toBeGreaterThan(0);
});

test('a reload takes what can change and names what cannot', () => {
  const read = (text: string) => {
    const result = load(['--config', 'kubezone.yaml'], {}, () => text);
    if ('errors' in result) throw new Error(result.errors[0]?.message);
    return result.options;
  };
  const current = read('ttl: 30\nthreads: 1\nupstream: [10.0.0.1]');
  const result = reload(current, read('ttl: 60\nthreads: 2\nupstream: [10.0.0.1]\nzones: {a.test: [10.0.0.2]}'));
  expect(result.changed).toEqual(['ttl', 'zones']);
  expect(result.needRestart).toEqual(['threads']);
  expect(result.options).toEqual({ ...current, ttl: 60, zones: { 'a.test': ['udp://10.0.0.2:53'] } });
  expect(reload(current, read('ttl: 30\nupstream: 10.0.0.1'))).toEqual({ options: current, changed: [], needRestart: [] });
});
