import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../test/fakes/api-server/history.ts';
import { startFakeApiServer } from '../../test/fakes/api-server/server.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSinks } from '../../test/fakes/map-sink.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock, systemRandom } from '../clock.ts';
import { connect } from './api.ts';
import type { Failure } from './failure.ts';
import { noObserver } from './observer.ts';
import type { Reflected } from './reflected.ts';
import { feedFromApi, type Wanted } from './source.ts';

const WANTED: Wanted = { pods: true, endpointPodNames: true, namespaces: [], selector: '' };

test('all namespaces, which may not be listed: those that have Services exist after some refusals, until the right is granted', async () => {
  const server = await startFakeApiServer([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }]);
  server.lie({ kind: 'forbid', resource: 'namespaces' });
  const api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
  const stop = new AbortController();
  const sinks = mapSinks();
  const clock = fakeClock();
  const between = (): Promise<void> => clock.advance(100);
  let refused = 0;
  const observer = { ...noObserver, failed: ({ name }: Reflected) => (refused += name === 'namespaces' ? 1 : 0) };
  const options = { ...WANTED, pods: false, clock, random: systemRandom, observer };
  const feeding = feedFromApi(api, sinks, options, stop.signal);
  await until(() => refused === 4, { between });
  expect(sinks.namespaces.replacements).toBe(0);
  await until(() => sinks.namespaces.replacements > 0, { between });
  expect(sinks.namespaces.items.size).toBe(0);
  // Each refusal is told: a right is lacking still.
  await until(() => refused === 7, { between });
  server.honest();
  await until(() => sinks.namespaces.items.has('a'), { between });
  stop.abort();
  await feeding;
  api.close();
  await server.close();
});

test.each([false, true])(
  'Pods that may not be listed are forbidden after some refusals, but where they are needed: %s',
  async (needsPods) => {
    const server = await startFakeApiServer([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }]);
    server.lie({ kind: 'forbid', resource: 'pods' });
    const api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
    const stop = new AbortController();
    let forbidden = 0;
    let refused = 0;
    const clock = fakeClock();
    const between = (): Promise<void> => clock.advance(100);
    const sinks = { ...mapSinks(), forbidPods: () => forbidden++ };
    const observer = { ...noObserver, failed: ({ name }: Reflected) => (refused += name === 'pods' ? 1 : 0) };
    const options = { ...WANTED, needsPods, clock, random: systemRandom, observer };
    const feeding = feedFromApi(api, sinks, options, stop.signal);
    await until(() => refused === 4, { between });
    expect(forbidden).toBe(0);
    await until(() => refused === 7, { between });
    expect(forbidden).toBe(needsPods ? 0 : 3);
    server.honest();
    await until(() => sinks.pods.replacements === 1, { between });
    stop.abort();
    await feeding;
    api.close();
    await server.close();
  },
);

describe('some namespaces of a cluster', () => {
  const objects = ['a', 'b', 'c'].flatMap((name): KubernetesObject[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: name }, spec: { clusterIP: 'None' } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: name }, status: { podIP: '10.0.0.1' } },
  ]);

  test.each([false, true])('are watched each by itself; namespaces forbidden: %s', async (forbidden) => {
    const server = await startFakeApiServer(objects);
    if (forbidden) server.lie({ kind: 'forbid', resource: 'namespaces' });
    const api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
    const stop = new AbortController();
    const sinks = mapSinks();
    const options = { ...WANTED, namespaces: ['a', 'b'], pods: false, clock: systemClock, random: systemRandom };
    const feeding = feedFromApi(api, sinks, options, stop.signal);
    const keys = (): string => [...sinks.services.items.keys(), ...sinks.namespaces.items.keys()].sort().join(' ');
    await until(() => keys() === 'a a/web b b/web');
    expect(sinks.services.replacements).toBe(1);
    server.remove('Service', 'b/web');
    server.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'api', namespace: 'a' }, spec: { clusterIP: 'None' } });
    await until(() => keys() === 'a a/api a/web b');
    expect(server.requests.filter((request) => request.includes('/api/v1/services'))).toEqual([]);
    stop.abort();
    await feeding;
    api.close();
    await server.close();
  });

  test.each(['services', 'pods'] as const)(
    '%s of one that are refused for good keep the others back for some refusals only, and are taken up when allowed',
    async (resource) => {
      const server = await startFakeApiServer(objects);
      server.lie({ kind: 'forbid', resource, namespace: 'b' });
      const api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
      const stop = new AbortController();
      const clock = fakeClock();
      const between = (): Promise<void> => clock.advance(100);
      const forbidden: string[] = [];
      const refused: string[] = [];
      const sinks = { ...mapSinks(), setForbidden: (kind: string, name: string, is: boolean) => forbidden.push(`${kind} ${name} ${is}`) };
      const observer = {
        ...noObserver,
        failed: ({ name, namespace }: Reflected, { reason }: Failure) => reason === 'forbidden' && refused.push(`${name} ${namespace}`),
      };
      const options = { ...WANTED, namespaces: ['a', 'b'], clock, random: systemRandom, observer };
      const feeding = feedFromApi(api, sinks, options, stop.signal);
      await until(() => refused.length === 4, { between });
      expect([sinks[resource].replacements, forbidden]).toEqual([0, []]);
      await until(() => sinks[resource].replacements > 0, { between });
      expect([[...sinks[resource].items.keys()], forbidden]).toEqual([['a/web'], [`${resource} b true`]]);
      server.honest();
      await until(() => sinks[resource].items.has('b/web'), { between });
      expect([forbidden, new Set(refused)]).toEqual([[`${resource} b true`, `${resource} b false`], new Set([`${resource} b`])]);
      stop.abort();
      await feeding;
      api.close();
      await server.close();
    },
  );
});
