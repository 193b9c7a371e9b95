import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { options } from '../../src/config/options.ts';
import { configSchema } from './config-schema.ts';
import { optionsPage } from './options-page.ts';
import { references } from './references.ts';

test.each(references.map(({ path, text }) => [path, text] as const))('%s is fresh', (path, text) => {
  expect(text(), 'run `npm run reference` and commit what it writes').toBe(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
});

test('the page has a row for every option, with as many cells as the heading', () => {
  const rows = optionsPage()
    .split('\n')
    .filter((line) => line.startsWith('| <a id='));
  expect(rows.map((row) => /`([a-z0-9-]+)`/.exec(row)?.[1])).toEqual(options.map((option) => option.name));
  for (const row of rows) expect(row.match(/(?<!\\)\|/g), row).toHaveLength(5);
});

test('the schema knows every option of the file and no other', () => {
  const { properties } = configSchema() as { properties: Record<string, { default?: unknown }> };
  expect(Object.keys(properties)).toEqual(options.filter((option) => option.notInFile !== true).map((option) => option.name));
  expect(properties.ttl).toEqual({
    description: "TTL of answers from the cluster's zones, in seconds.",
    default: 30,
    type: 'integer',
    minimum: 0,
    maximum: 86_400,
  });
  expect(properties.pods).toMatchObject({ type: 'string', enum: ['disabled', 'insecure', 'verified'] });
  const zones = properties.zones as { additionalProperties: boolean; patternProperties: object };
  expect(zones).toMatchObject({ type: 'object', additionalProperties: false });
  expect(Object.values(zones.patternProperties)).toMatchObject([{ type: ['array', 'string'], items: { type: 'string' } }]);
});
