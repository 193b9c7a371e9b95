import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lie } from '../../test/fakes/api-server/lies.ts';
import { startFakeApiServer, type FakeApiServer } from '../../test/fakes/api-server/server.ts';
import { load } from '../../src/config/load.ts';
import { knownCluster } from './known-cluster.ts';

let folder: string;
let api: FakeApiServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubezone-'));
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: '10.0.0.1' } };
  const labels = { 'kubernetes.io/service-name': 'web' };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels },
    addressType: 'IPv4',
  };
  api = await startFakeApiServer([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, service, slice]);
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function known(lie: Lie, ...argv: string[]): Promise<{ services: number | undefined; said: string[]; error: unknown }> {
  api.lie(lie);
  const loaded = load(['--kubeconfig', await api.kubeconfig(join(folder, 'kubeconfig')), ...argv], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  const said: string[] = [];
  const context = { signal: new AbortController().signal, complain: (line: string) => said.push(line) };
  const outcome = await knownCluster(loaded.options, context).catch((error: unknown) => error);
  const publisher = outcome instanceof Error ? undefined : (outcome as Awaited<ReturnType<typeof knownCluster>>);
  return { services: publisher?.counts.services, said, error: outcome instanceof Error ? outcome.message : undefined };
}

test('a right that is missing ends it, and is said once', async () => {
  const { services, said, error } = await known({ kind: 'forbid', resource: 'services' });
  expect([services, error]).toEqual([undefined, 'the cluster cannot be read']);
  expect(said.filter((line) => line.includes('services'))).toEqual([
    expect.stringMatching(/^kubezone: may not watch services: add to its ClusterRole the rule /),
  ]);
});

test('what passes is said and waited for', async () => {
  const { services, said, error } = await known({ kind: 'status', code: 500, times: 3 });
  expect([services, error]).toEqual([1, undefined]);
  expect(said.length).toBeGreaterThan(0);
});

test('namespaces that are named need no right to list them', async () => {
  const { services } = await known({ kind: 'forbid', resource: 'namespaces' }, '--namespaces', 'shop');
  expect(services).toBe(1);
});

test('what the selector leaves out is not known', async () => {
  const { services } = await known({ kind: 'forbid', resource: 'namespaces' }, '--namespaces', 'shop', '--selector', 'app=web');
  expect(services).toBe(0);
});

test.each([
  ['one of several namespaces', { kind: 'forbid', resource: 'services', namespace: 'gone' }, ['--namespaces', 'shop,gone']],
  [
    'Services of one and EndpointSlices of another',
    { kind: 'forbid', resource: 'endpointslices', namespace: 'gone' },
    ['--namespaces', 'gone,shop'],
  ],
  ['all namespaces', { kind: 'forbid', resource: 'namespaces' }, []],
  ['Pods', { kind: 'forbid', resource: 'pods' }, ['--pods', 'verified']],
] satisfies [string, Lie, string[]][])(
  'a right to list %s that is missing is said, and what the server does without is done without',
  async (_, lie, argv) => {
    const { services, said, error } = await known(lie, ...argv);
    expect([services, error]).toEqual([1, undefined]);
    expect(said).toEqual([
      expect.stringMatching(/^kubezone: may not watch (services|endpointslices|namespaces|pods): add to its (Cluster)?Role /),
    ]);
  },
);

test.each([
  ['each of several namespaces', 'services', ['--namespaces', 'shop,gone']],
  ['Pods, of which rules ask whose a client is', 'pods', ['--pods', 'verified', '--namespace-views', '* sees own']],
])('a right to list %s that is missing ends it', async (_, resource, argv) => {
  const { services, error } = await known({ kind: 'forbid', resource }, ...argv);
  expect([services, error]).toEqual([undefined, 'the cluster cannot be read']);
});

test.each<[string[], readonly string[] | undefined]>([
  [[], undefined],
  [['--endpoint-pod-names'], ['web-0']],
])('the labels of endpoints, with %j', async (argv, labels) => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.0.1'], targetRef: { kind: 'Pod', name: 'web-0', namespace: 'shop' } }],
  };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: 'None' } };
  await writeFile(join(folder, 'web.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, slice] }));
  const loaded = load(['--manifests', join(folder, 'web.json'), ...argv], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  const publisher = await knownCluster(loaded.options, { signal: new AbortController().signal, complain: (line) => expect.fail(line) });
  expect(publisher!.published('shop/web')!.endpoints.map((group) => group.labels)).toEqual([labels]);
});
