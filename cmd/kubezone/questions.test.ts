import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Context } from './command.ts';
import { questionsOfZones, type PlainQuestion } from './questions.ts';

const service = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec,
});
const services = [
  service('web', { clusterIP: '10.96.0.1' }),
  service('alias', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
  service('away', { type: 'ExternalName', externalName: 'www.example.test' }),
  service('to-away', { type: 'ExternalName', externalName: 'away.shop.svc.cluster.local' }),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubezone-questions-'));
  await writeFile(join(folder, 'services.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: services }));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['web', ['A', 'AAAA']],
  ['alias', ['A', 'AAAA', 'CNAME']],
  ['away', ['CNAME']],
  ['to-away', ['CNAME']],
])('%s is asked for %j', async (name, types) => {
  const loaded = load(['--manifests', folder], {}, () => '');
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
  const context: Context = {
    positionals: ['cluster.local'],
    signal: new AbortController().signal,
    print: () => undefined,
    complain: (line) => expect.fail(line),
    loadAgain: () => loaded,
  };
  const questions = (await questionsOfZones(loaded.options, context)) as readonly PlainQuestion[];
  const asked = questions.filter((question) => question.name === `${name}.shop.svc.cluster.local.`);
  expect(asked.map(({ type }) => type).sort()).toEqual(types);
});
