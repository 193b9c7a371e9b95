import { expect, test } from 'vitest';
import { servedCluster, zoneOptions, type ServedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, service as slim, slice } from '../../test/fakes/slim.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { explain } from './explain.ts';
import type { Service } from './model.ts';

const service = (key: string): Service => slim(key, { clusterIPs: ['10.96.0.1'] });

/** Returns NXDOMAIN, SERVFAIL with its extended error, `records` or NODATA. */
function answerTo({ zones }: ServedCluster, name: string): string {
  const answer = zones.forward.lookup(nameFromText(name)!, Type.A);
  if (answer === undefined) return 'NXDOMAIN';
  if (answer.rcode === Rcode.SERVFAIL) return `SERVFAIL ${answer.extendedError?.code === ExtendedError.NOT_READY ? 'Not Ready' : ''}`;
  return answer.answers > 0 ? 'records' : 'NODATA';
}

function served(initial?: ReturnType<ServedCluster['publisher']['snapshot']>): ServedCluster {
  const cluster = servedCluster({ needed: ['namespaces', 'services', 'endpointSlices'], initial });
  const { store } = cluster.publisher;
  store.setForbidden('services', 'b', true);
  store.namespaces.replace([namespace('a'), namespace('b')]);
  store.services.replace([service('a/web')]);
  store.endpointSlices.replace([slice('b/db', ['10.0.0.1'])]);
  cluster.publisher.flush();
  return cluster;
}

const said = (cluster: ServedCluster): Record<string, string> =>
  Object.fromEntries(
    ['web.a.svc', 'no.a.svc', 'web.b.svc', 'x.web.b.svc', 'b.svc', 'web.c.svc'].map((name) => [
      name,
      answerTo(cluster, `${name}.cluster.local`),
    ]),
  );

const others = { 'web.a.svc': 'records', 'no.a.svc': 'NXDOMAIN', 'b.svc': 'NODATA', 'web.c.svc': 'NXDOMAIN' };

test('below a namespace that may not be listed nothing is said, and everything elsewhere; until the right is granted', () => {
  const cluster = served();
  expect(said(cluster)).toEqual({ ...others, 'web.b.svc': 'SERVFAIL Not Ready', 'x.web.b.svc': 'SERVFAIL Not Ready' });
  expect(cluster.publisher.state).toBe('live');
  const { store } = cluster.publisher;
  store.services.replace([service('a/web'), service('b/web')]);
  store.setForbidden('services', 'b', false);
  cluster.publisher.flush();
  expect(said(cluster)).toEqual({ ...others, 'web.b.svc': 'records', 'x.web.b.svc': 'NXDOMAIN' });
});

test('it is not known before the last of its Services is', () => {
  const cluster = served();
  const { store } = cluster.publisher;
  cluster.updates.length = 0;
  store.services.replace([service('a/web'), ...Array.from({ length: 300 }, (_, index) => service(`b/web-${index}`))]);
  store.setForbidden('services', 'b', false);
  cluster.publisher.flush();
  expect(cluster.updates.map(({ unknown }) => unknown)).toEqual([...Array<string[]>(4).fill(['b.svc']), undefined]);
});

test('what a snapshot has of it stays, whatever else it has may be; a thread that starts later says the same', () => {
  const before = servedCluster();
  before.publisher.store.namespaces.replace([namespace('b')]);
  before.publisher.store.services.replace([service('b/web')]);
  before.publisher.flush();
  const cluster = served(before.publisher.snapshot());
  expect(said(cluster)).toEqual({ ...others, 'web.b.svc': 'records', 'x.web.b.svc': 'NXDOMAIN' });
  expect(answerTo(cluster, 'other.b.svc.cluster.local')).toBe('SERVFAIL Not Ready');
  const restarted = servedCluster({ initial: cluster.publisher.snapshot() });
  expect(said(restarted)).toEqual(said(cluster));
  expect(answerTo(restarted, 'other.b.svc.cluster.local')).toBe('SERVFAIL Not Ready');
});

test('an alias into it leads to what is not known, until it is', () => {
  const cluster = served();
  const { store } = cluster.publisher;
  const alias = slim('a/alias', { externalName: 'web.b.svc.cluster.local' });
  store.services.replace([alias]);
  cluster.publisher.flush();
  expect(answerTo(cluster, 'alias.a.svc.cluster.local')).toBe('SERVFAIL Not Ready');
  expect(explain(nameFromText('alias.a.svc.cluster.local')!, Type.A, cluster.publisher, zoneOptions).outcome).toBe('notReady');
  store.services.replace([alias, service('b/web')]);
  store.setForbidden('services', 'b', false);
  cluster.publisher.flush();
  expect(answerTo(cluster, 'alias.a.svc.cluster.local')).toBe('records');
});

test('a namespace that is gone has no Services, whoever may list them', () => {
  const before = servedCluster();
  before.publisher.store.namespaces.replace([namespace('b')]);
  before.publisher.store.services.replace([service('b/web')]);
  before.publisher.flush();
  const cluster = served(before.publisher.snapshot());
  cluster.publisher.store.namespaces.remove('b');
  cluster.publisher.flush();
  expect(said(cluster)).toEqual({ ...others, 'b.svc': 'NXDOMAIN', 'web.b.svc': 'NXDOMAIN', 'x.web.b.svc': 'NXDOMAIN' });
});

test('Pods of one namespace likewise', () => {
  const cluster = servedCluster({ needed: ['pods'] }, { pods: 'verified' });
  const { store } = cluster.publisher;
  store.namespaces.replace([namespace('a'), namespace('b')]);
  store.setForbidden('pods', 'b', true);
  store.pods.replace([]);
  cluster.publisher.flush();
  expect(answerTo(cluster, '10-0-0-1.a.pod.cluster.local')).toBe('NXDOMAIN');
  expect(answerTo(cluster, '10-0-0-1.b.pod.cluster.local')).toBe('SERVFAIL Not Ready');
  expect(answerTo(cluster, 'web.b.svc.cluster.local')).toBe('NXDOMAIN');
});

test('is explained', () => {
  const { outcome, reasons } = explain(nameFromText('web.b.svc.cluster.local')!, Type.A, served().publisher, zoneOptions);
  expect({ outcome, reasons }).toEqual({
    outcome: 'notReady',
    reasons: ['Services or EndpointSlices of namespace "b" may not be listed, so its names are not known'],
  });
});
