import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSink } from '../../test/fakes/map-sink.ts';
import { aService } from '../../test/fakes/reflecting.ts';
import { until } from '../../test/fakes/until.ts';
import type { Service } from '../cluster/model.ts';
import type { Api } from './api.ts';
import type { Failure } from './failure.ts';
import { noObserver } from './observer.ts';
import type { Reflected } from './reflected.ts';
import { reflect } from './reflector.ts';
import { services } from './service.ts';

/** Answers each list or watch with the next body; those after the last body are never answered. It has the latest of all versions. */
function scripted(bodies: readonly string[]): Api & { readonly paths: string[]; readonly accepts: string[] } {
  const paths: string[] = [];
  const accepts: string[] = [];
  return {
    url: 'http://scripted',
    paths,
    accepts,
    get(path, accept, signal) {
      const answer = (body: string): ReturnType<Api['get']> =>
        Promise.resolve({ status: 200, retryAfter: 0, contentType: '', body: Readable.from([Buffer.from(body)]) });
      if (/limit=1$/.test(path)) return answer('{"kind":"ServiceList","metadata":{"resourceVersion":"9999999999999999999"}}');
      accepts.push(accept);
      const body = bodies[paths.push(path) - 1];
      if (body !== undefined) return answer(body);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
    renew: () => undefined,
    close: () => undefined,
  };
}

const object = (index: number, resourceVersion?: string): object => {
  const service = aService(index);
  return { ...service, metadata: { ...service.metadata, uid: `u${index}`, ...(resourceVersion !== undefined && { resourceVersion }) } };
};
const event = (type: string, of: object): string => `${JSON.stringify({ type, object: of })}\n`;
const end = (metadata: object): string =>
  event('BOOKMARK', { kind: 'Service', metadata: { ...metadata, annotations: { 'k8s.io/initial-events-end': 'true' } } });
const list = (metadata: object | undefined, ...items: object[]): string => JSON.stringify({ kind: 'ServiceList', metadata, items });
const first = event('ADDED', object(1, '5'));
const whole = `${first}${end({ resourceVersion: '10' })}`;
const inPages = list({ resourceVersion: '10' }, object(1, '5'));

const cases: [what: string, bodies: string[], resumesFrom: string, holds: string[]][] = [
  ['a list without a version is none', [first + end({}), list({}, object(1, '5')), inPages], '10', ['svc-1']],
  [
    'what is deleted while a streaming list comes is not in it',
    [first + event('ADDED', object(2, '6')) + event('DELETED', object(1, '8')) + end({ resourceVersion: '10' })],
    '10',
    ['svc-2'],
  ],
  ['a list without metadata is none', [first, list(undefined, object(1, '5')), inPages], '10', ['svc-1']],
  ['a page of a proxy is none', ['<html>\n', '<html>Please sign in</html>', inPages], '10', ['svc-1']],
  ['a bookmark without a version moves nothing', [whole + event('BOOKMARK', { kind: 'Service', metadata: {} })], '10', ['svc-1']],
  ['an event without a version moves nothing', [whole + event('ADDED', object(2))], '10', ['svc-1', 'svc-2']],
  ['an event of nobody moves nothing', [whole + event('ADDED', { metadata: { resourceVersion: '12' } })], '10', ['svc-1']],
  [
    'versions beyond 2^53',
    [whole + event('BOOKMARK', { metadata: { resourceVersion: '9007199254740993' } })],
    '9007199254740993',
    ['svc-1'],
  ],
];

test.each(cases)('%s', async (_what, bodies, resumesFrom, holds) => {
  const api = scripted(bodies);
  const clock = fakeClock();
  const sink = mapSink<Service>();
  const stop = new AbortController();
  const running = reflect(api, services, sink, { clock, random: () => 0.5, signal: stop.signal, auditInterval: 0 });
  await until(() => api.paths.length === bodies.length + 1, { between: () => clock.advance(500) });
  expect([...sink.items.values()].map(({ name }) => name)).toEqual(holds);
  expect(new URLSearchParams(api.paths.at(-1)).get('resourceVersion')).toBe(resumesFrom);
  expect(sink.replacements).toBe(1);
  // Each attempt listens for the end; none goes on listening after its own.
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort();
  await running;
});

test('what is left out of an object is told once, however often the object changes', async () => {
  const changed = (version: string, ...ports: number[]): object => ({
    ...object(1, version),
    spec: { clusterIP: '10.0.0.1', ports: ports.map((port) => ({ port })) },
  });
  const events = [changed('11', 80, 0), changed('12', 80, 0), changed('13', 81, 0)].map((of) => event('MODIFIED', of));
  const api = scripted([whole + events.join('')]);
  const clock = fakeClock();
  const sink = mapSink<Service>();
  const stop = new AbortController();
  const told: string[] = [];
  const observer = { ...noObserver, invalid: (_of: Reflected, message: string) => void told.push(message) };
  const running = reflect(api, services, sink, { clock, random: () => 0.5, signal: stop.signal, auditInterval: 0, observer });
  await until(() => sink.items.get('shop/svc-1')?.resourceVersion === '13', { between: () => clock.advance(500) });
  expect(sink.items.get('shop/svc-1')?.ports).toMatchObject([{ port: 81 }]);
  expect(told).toEqual([
    'Service shop/svc-1: spec.ports[1].port is 0; it must be a whole number from 1 to 65535; it is left out, the rest is served',
  ]);
  stop.abort();
  await running;
});

test('after an answer that cannot be read, the next is asked for in the other encoding', async () => {
  const api = scripted(['<html>\n', '<html>', inPages]);
  const stop = new AbortController();
  const clock = fakeClock();
  const running = reflect(api, services, mapSink<Service>(), { clock, random: () => 0.5, signal: stop.signal, auditInterval: 0 });
  await until(() => api.accepts.length === 4, { between: () => clock.advance(500) });
  expect(api.accepts.map((accept) => accept.includes('protobuf'))).toEqual([true, false, true, true]);
  stop.abort();
  await running;
});

test.each([
  [
    'a list cut in the middle',
    ['', '{"kind":"ServiceList","metadata":{"resourceVersion":"10"},"items":['],
    'list services in shop: the list ended in the middle',
  ],
  [
    'a watch cut in the middle',
    [whole + event('MODIFIED', object(1, '11')).slice(0, 20)],
    'watch services in shop: the server ended it in the middle of an event',
  ],
  ['what is no event', [`${whole}{"type":"NEWS","object":{}}\n`], 'watch services in shop: what is no event: {"type":"NEWS","object":{}}'],
])('of one namespace, %s is told with its name', async (_what, bodies, says) => {
  const clock = fakeClock();
  const stop = new AbortController();
  const told: string[] = [];
  const observer = { ...noObserver, failed: (_of: Reflected, { message }: Failure) => void told.push(message) };
  const options = { clock, random: () => 0.5, signal: stop.signal, auditInterval: 0, observer, namespace: 'shop' };
  const running = reflect(scripted(bodies), services, mapSink<Service>(), options);
  await until(() => told.includes(says), { between: () => clock.advance(500) });
  stop.abort();
  await running;
});
