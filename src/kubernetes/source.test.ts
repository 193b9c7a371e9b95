import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../test/fakes/api-server/history.ts';
import { startFakeApiServer } from '../../test/fakes/api-server/server.ts';
import { mapSinks, type MapSinks } from '../../test/fakes/map-sink.ts';
import { openRealApi } from '../../test/programs/api-server.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock, systemRandom } from '../clock.ts';
import type { ClusterSinks } from '../cluster/model.ts';
import { fromOctets } from '../cluster/octets.ts';
import { formatAddress } from '../wire/address.ts';
import { connect } from './api.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';
import { feedFromManifests } from './manifests.ts';
import { feedFromApi, type Wanted } from './source.ts';

/** Where Kubernetes objects are written, and the source that feeds from there. */
interface Source {
  put(object: KubernetesObject): void | Promise<void>;
  remove(kind: string, key: string): void | Promise<void>;
  feed(sinks: ClusterSinks, wanted: Wanted, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

async function manifests(): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'source-'));
  const pathOf = (kind: string, key: string): string => join(folder, `${kind}-${key.replace('/', '-')}.json`);
  return {
    put: (object) => writeFile(pathOf(object.kind, keyOf(object)), JSON.stringify(object)),
    remove: (kind, key) => rm(pathOf(kind, key), { force: true }),
    feed: (sinks, wanted, signal) => feedFromManifests(folder, sinks, { ...wanted, clock: systemClock }, signal),
    close: () => rm(folder, { recursive: true }),
  };
}

function feedFrom(kubeconfig: string): Source['feed'] {
  return async (sinks, wanted, signal) => {
    const api = connect(await kubeconfigCredentials(kubeconfig, '', systemClock));
    await feedFromApi(api, sinks, { ...wanted, clock: systemClock, random: systemRandom, suspectWait: 100 }, signal);
    api.close();
  };
}

async function fakeApiServer(protobuf: boolean): Promise<Source> {
  const server = await startFakeApiServer([], { token: 'good', protobuf });
  const folder = await mkdtemp(join(tmpdir(), 'source-'));
  return {
    put: (object) => void server.put(object),
    remove: (kind, key) => server.remove(kind, key),
    feed: feedFrom(await server.kubeconfig(join(folder, 'kubeconfig'))),
    async close() {
      await rm(folder, { recursive: true });
      await server.close();
    },
  };
}

const E2E = process.env.KUBEZONE_E2E_KUBECONFIG;

async function realApiServer(): Promise<Source> {
  const written = new Map<string, readonly [string, string]>();
  const api = await openRealApi(E2E!);
  return {
    async put(object) {
      if (object.kind !== 'Namespace') written.set(`${object.kind} ${keyOf(object)}`, [object.kind, keyOf(object)]);
      await api.put(object);
    },
    remove: (kind, key) => api.remove(kind, key),
    feed: feedFrom(E2E!),
    async close() {
      for (const [kind, key] of written.values()) await api.remove(kind, key);
    },
  };
}

const keyOf = ({ metadata: { namespace, name } }: KubernetesObject): string => (namespace === undefined ? name : `${namespace}/${name}`);

/** A real server's namespaces outlive a test, so each run has its own. */
const NS = `kubezone-${process.pid}`;
const WANTED: Wanted = { pods: true, endpointPodNames: true, namespaces: [NS], selector: '' };

const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } };
const service = (name: string, spec: object, labels: Record<string, string> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: NS, labels },
  spec,
});
const headless = { clusterIP: 'None', ports: [{ name: 'pg', protocol: 'TCP', port: 5432 }] };
const external = (host: string): object => ({ type: 'ExternalName', externalName: host });
const slice = (name: string, addresses: string[], ready = true): KubernetesObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: NS, labels: { 'kubernetes.io/service-name': 'db' } },
  addressType: 'IPv4',
  endpoints: addresses.map((address, index) => ({
    addresses: [address],
    conditions: { ready },
    hostname: `db-${index}`,
    targetRef: { kind: 'Pod', name: `pod-${index}` },
  })),
  ports: [{ name: 'pg', protocol: 'TCP', port: 5432 }],
});
const pod = (name: string, ip: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NS },
  spec: { containers: [{ name: 'c', image: 'none' }] },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
});

/** What the sinks hold, as text with everything but versions. */
function shown(sinks: MapSinks): string[] {
  return [
    ...[...sinks.namespaces.items.values()].map(({ name }) => `namespace ${name === NS ? 'ours' : name}`),
    ...[...sinks.services.items.values()].map(
      ({ name, kind, externalName, ports }) => `service ${name} ${kind} ${externalName}${ports.map(({ port }) => port).join()}`,
    ),
    ...[...sinks.endpointSlices.items.values()].map(
      ({ name, service: of, addresses, conditions, hostnames, podNames }) =>
        `slice ${name} of ${of} ${[...Array(addresses.length / 4).keys()].map((at) => formatAddress(fromOctets(addresses.slice(at * 4, at * 4 + 4)))).join()} ${Array.from(conditions, (bits) => bits.charCodeAt(0)).join()} ${String(hostnames)} ${String(podNames)}`,
    ),
    ...[...sinks.pods.items.values()].map(
      ({ name, addresses }) => `pod ${name} ${addresses.map((octets) => formatAddress(fromOctets(octets))).join()}`,
    ),
  ].sort();
}

describe.each([
  { name: 'manifests', start: manifests, skip: false },
  { name: 'a fake API server', start: () => fakeApiServer(true), skip: false },
  { name: 'a fake API server that has only JSON', start: () => fakeApiServer(false), skip: false },
  { name: 'a real API server (KUBEZONE_E2E_KUBECONFIG)', start: realApiServer, skip: E2E === undefined },
])('fed from $name', ({ start, skip }) => {
  let source: Source;
  let stop: AbortController;
  let feeding: Promise<void>;

  beforeEach(async () => {
    if (skip) return;
    source = await start();
    stop = new AbortController();
    feeding = Promise.resolve();
    await source.put(namespace);
  });
  afterEach(async () => {
    if (skip) return;
    stop.abort();
    await feeding;
    await source.close();
  });

  function feed(wanted: Partial<Wanted> = {}): MapSinks {
    const sinks = mapSinks();
    feeding = source.feed(sinks, { ...WANTED, ...wanted }, stop.signal);
    return sinks;
  }
  const become = (sinks: MapSinks, expected: string[]): Promise<void> =>
    until(() => shown(sinks).join('\n') === expected.toSorted().join('\n'), {
      shown: () => `${shown(sinks).join('\n')}\ninstead of\n${expected.join('\n')}`,
    });

  test.skipIf(skip)('what is there at the start', async () => {
    await source.put(service('db', headless));
    await source.put(service('ext', external('db.example.com')));
    await source.put(slice('db-1', ['10.1.0.1', '10.1.0.2']));
    await source.put(pod('pod-0', '10.1.0.1'));
    const sinks = feed();
    await become(sinks, [
      'namespace ours',
      'service db headless 5432',
      'service ext externalName db.example.com',
      'slice db-1 of db 10.1.0.1,10.1.0.2 3,3 db-0,db-1 pod-0,pod-1',
      'pod pod-0 10.1.0.1',
    ]);
    expect([
      sinks.services.replacements,
      sinks.endpointSlices.replacements,
      sinks.namespaces.replacements,
      sinks.pods.replacements,
    ]).toEqual([1, 1, 1, 1]);
  });

  test.skipIf(skip)('what is created, changed, removed, and created again', async () => {
    await source.put(service('kept', headless));
    const sinks = feed();
    await become(sinks, ['namespace ours', 'service kept headless 5432']);
    await source.put(service('ext', external('a.example.com')));
    await source.put(slice('db-1', ['10.1.0.1']));
    await source.put(pod('pod-0', '10.1.0.1'));
    const kept = ['namespace ours', 'service kept headless 5432'];
    const one = 'slice db-1 of db 10.1.0.1 3 db-0 pod-0';
    await become(sinks, [...kept, 'service ext externalName a.example.com', one, 'pod pod-0 10.1.0.1']);
    await source.put(service('ext', external('b.example.com')));
    await source.put(slice('db-1', ['10.1.0.1', '10.1.0.2'], false));
    await source.put(pod('pod-0', '10.1.0.7'));
    const two = 'slice db-1 of db 10.1.0.1,10.1.0.2 2,2 db-0,db-1 pod-0,pod-1';
    await become(sinks, [...kept, 'service ext externalName b.example.com', two, 'pod pod-0 10.1.0.7']);
    await source.remove('Service', `${NS}/ext`);
    await source.remove('EndpointSlice', `${NS}/db-1`);
    await source.remove('Pod', `${NS}/pod-0`);
    await become(sinks, kept);
    await source.put(service('ext', headless));
    await become(sinks, [...kept, 'service ext headless 5432']);
    expect(sinks.services.fewest).toBe(1);
  });

  test.skipIf(skip)('only what the selector selects; what no longer does is gone', async () => {
    await source.put(service('a', headless, { app: 'web' }));
    await source.put(service('b', headless, { app: 'api' }));
    const sinks = feed({ selector: 'app in (web)', pods: false });
    await become(sinks, ['namespace ours', 'service a headless 5432']);
    await source.put(service('b', headless, { app: 'web' }));
    await source.put(service('a', headless, { app: 'api' }));
    await become(sinks, ['namespace ours', 'service b headless 5432']);
    expect(sinks.pods.replacements).toBe(0);
  });
});
