import { describe, expect, test } from 'vitest';
import { startFakeApiServer } from '../../test/fakes/api-server/server.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSink } from '../../test/fakes/map-sink.ts';
import { aService, changeAll, reflectors, someServices, startReflecting } from '../../test/fakes/reflecting.ts';
import type { Service } from '../cluster/model.ts';
import { connect } from './api.ts';
import { Problem } from './fields.ts';
import { reflect } from './reflector.ts';
import { services } from './service.ts';

const { begin, start } = reflectors();

describe('an honest server', () => {
  test('is listed as a stream, then watched on the same connection', async () => {
    const { server, settled, told, sink } = await start();
    changeAll(server);
    await settled();
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatch(
      /^GET \/api\/v1\/services\?watch=1&allowWatchBookmarks=true&timeoutSeconds=450&sendInitialEvents=true&resourceVersionMatch=NotOlderThan$/,
    );
    expect(told).toContain('listed stream');
    expect(sink.replacements).toBe(1);
  });

  test.each([
    ['in time', 445_000, []],
    ['early, and has the same versions still,', 2_000, ['limit=1']],
  ])('that ends a watch %s is watched again from the last version, at once', async (_, after, checks) => {
    const { server, clock, drive, settled, sink } = await start(25, { watchIdleLimit: 1_000_000 });
    await clock.advance(after);
    server.put(aService(1, 1));
    await settled();
    server.endWatches();
    server.put(aService(2, 1));
    const requests = ['watch=1', ...checks, 'resourceVersion=27'];
    await drive(() => server.requests.length === requests.length, 0);
    await settled();
    expect(server.requests).toEqual(requests.map((part) => expect.stringContaining(part) as unknown));
    expect(sink.replacements).toBe(1);
  });

  test('moves the place to resume from by its bookmarks', async () => {
    const { server, drive, told } = await start();
    server.put({ ...aService(1), kind: 'Pod' });
    server.bookmark();
    await drive(() => told.filter((line) => line === 'event BOOKMARK').length === 2);
    server.compact();
    server.endWatches();
    await drive(() => server.requests.length === 3);
    expect(server.requests[2]).toContain('resourceVersion=27');
    expect(told).not.toContain('failed expired');
  });

  test('without streaming lists is listed in pages of 500, and asked for a stream once', async () => {
    const { server, told, drive, sink } = await start(1_201, { before: (fake) => fake.lie({ kind: 'no-streaming' }) });
    await drive(() => told.includes('watching'));
    expect(server.requests.map((request) => /limit=500(&continue)?|sendInitialEvents|watch=1/g.exec(request)?.at(0))).toEqual([
      'watch=1',
      'limit=500',
      'limit=500&continue',
      'limit=500&continue',
      'watch=1',
    ]);
    expect(sink.replacements).toBe(1);
    server.compact();
    server.put(aService(1, 1));
    server.compact();
    server.lie({ kind: 'restart' });
    await drive(() => told.filter((line) => line === 'listed pages').length === 2);
    expect(server.requests.filter((request) => request.includes('sendInitialEvents'))).toHaveLength(1);
  });
});

test('a list by pages of another size, where streaming lists are not wanted', async () => {
  const { server, told, drive } = await start(120, { pageSize: 50, streaming: false });
  await drive(() => told.includes('watching'));
  expect(server.requests.map((request) => /limit=50(&continue)?|sendInitialEvents|watch=1/g.exec(request)?.at(0))).toEqual([
    'limit=50',
    'limit=50&continue',
    'limit=50&continue',
    'watch=1',
  ]);
  expect(told).toContain('listed pages');
});

test('how many objects a list brought is told before the list itself', async () => {
  const { told } = await start(25);
  expect(told.indexOf('holds 25')).toBeGreaterThanOrEqual(0);
  expect(told.indexOf('holds 25')).toBeLessThan(told.indexOf('listed stream'));
});

test('a silent watch is replaced within its limit, from the same version, and nothing is lost', async () => {
  const { server, clock, drive, settled, told, sink } = await start(25, { watchIdleLimit: 180_000 });
  server.lie({ kind: 'stall' });
  server.put(aService(1, 1));
  server.honest();
  const began = clock.monotonic();
  await drive(() => told.includes('failed idle'), 1_000);
  expect(clock.monotonic() - began).toBeLessThanOrEqual(181_000);
  await settled();
  expect(server.requests.at(-1)).toContain('resourceVersion=26');
  expect(sink.replacements).toBe(1);
});

test('bookmarks alone keep a quiet watch', async () => {
  const { server, clock, drive, told } = await start(25, { watchIdleLimit: 180_000 });
  for (let minute = 0; minute < 10; minute++) {
    const before = told.filter((line) => line === 'event BOOKMARK').length;
    server.bookmark();
    await drive(() => told.filter((line) => line === 'event BOOKMARK').length > before, 0);
    await clock.advance(60_000);
  }
  expect(told).not.toContain('failed idle');
});

test('an older version never overwrites a newer one, and a deletion is not undone by what came before it', async () => {
  const { server, settled, sink, told } = await start(25, { watchIdleLimit: 1e12, auditInterval: 0 });
  server.lie({ kind: 'repeat', times: 20 });
  server.put(aService(1, 1));
  server.put(aService(1, 2));
  server.remove('Service', 'shop/svc-1');
  server.put(aService(2, 1));
  await settled();
  expect(sink.items.has('shop/svc-1')).toBe(false);
  expect(told.filter((line) => line === 'passed over').length).toBeGreaterThanOrEqual(5);
});

test('a list that stays empty is believed the second time', async () => {
  const { server, drive, sink, told } = await start();
  for (let index = 0; index < 25; index++) server.remove('Service', `shop/svc-${index}`);
  await drive(() => sink.items.size === 0);
  for (let index = 0; index < 25; index++) server.put(aService(index));
  await drive(() => sink.items.size === 25);
  server.lie({ kind: 'empty', times: 2 });
  server.lie({ kind: 'gone', times: 1, how: 'event' });
  server.lie({ kind: 'restart' });
  await drive(() => told.filter((line) => line === 'failed suspect').length === 1);
  expect(sink.items.size).toBe(25);
  await drive(() => sink.items.size === 0);
});

test('a first list is held against what was known before a restart', async () => {
  for (const [count, expected, replacements] of [
    [25, 60, 2],
    [25, 40, 1],
    [3, 19, 1],
    [0, 3, 2],
  ] as const) {
    const { drive, told, sink } = await begin(count, { expected });
    await drive(() => told.includes('failed suspect') || sink.replacements > 0);
    expect([count, expected, told.includes('failed suspect')]).toEqual([count, expected, replacements === 2]);
    await drive(() => sink.replacements === 1 && sink.items.size === count);
  }
});

test('a failure names the namespace, where only one is listed', async () => {
  const { drive, told } = await begin(1, { namespace: 'shop', expected: 60 });
  await drive(() => told.includes('failed suspect'));
  expect(told.find((line) => line.includes('not believed'))).toMatch(/^list services in shop: /);
});

describe('credentials and rights', () => {
  test('401: says so, reads them again, goes on', async () => {
    let token = 'old';
    const { server, drive, settled, told, sink } = await start(25, { fake: { token: 'old' }, token: () => token });
    server.lie({ kind: 'rotate', token: 'new' });
    await drive(() => told.includes('failed unauthorized'));
    expect(told.some((line) => line.includes('services: the credentials are refused (401)'))).toBe(true);
    token = 'new';
    server.put(aService(1, 1));
    await settled();
    expect(sink.replacements).toBe(1);
  });

  test('403: says which resource, which verb, which rule; recovers when granted, without a restart', async () => {
    const { server, drive, settled, told } = await begin(3, { before: (server) => server.lie({ kind: 'forbid', resource: 'services' }) });
    await drive(() => told.includes('failed forbidden'));
    expect(told.find((line) => line.startsWith('may not watch services'))).toContain(
      'the rule apiGroups: [""], resources: ["services"], verbs: ["list", "watch"]',
    );
    server.honest();
    await settled();
  });

  test('403 at first: what was presumed is served until the right is granted', async () => {
    const presumed = { key: 'shop/presumed' } as never;
    const { server, drive, settled, sink, told } = await begin(3, {
      whenForbidden: (refusals) => (refusals < 2 ? undefined : [presumed]),
      before: (server) => server.lie({ kind: 'forbid', resource: 'services' }),
    });
    await drive(() => told.includes('failed forbidden'));
    expect(sink.replacements).toBe(0);
    await drive(() => sink.items.has('shop/presumed'));
    expect(told).toContain('presumed 1');
    server.honest();
    await settled();
  });

  test('403 while running: what is held stays', async () => {
    const { server, drive, settled, told, sink } = await start();
    server.lie({ kind: 'forbid', resource: 'services' });
    server.lie({ kind: 'restart' });
    await drive(() => told.includes('failed forbidden'));
    expect(sink.items.size).toBe(25);
    server.honest();
    server.put(aService(1, 1));
    await settled();
    expect(sink.replacements).toBe(1);
  });

  test('404: says that the resource is not installed, and takes it up when it is', async () => {
    const { server, drive, settled, told } = await begin(3, { before: (server) => server.lie({ kind: 'absent', resource: 'services' }) });
    await drive(() => told.includes('failed missing'));
    expect(told.some((line) => line.includes('not installed here (404)'))).toBe(true);
    server.honest();
    await settled();
  });
});

test('no server at all: tried again at growing intervals, until it is there', async () => {
  const { server, drive, settled, told, close } = await startReflecting(someServices(3));
  await settled();
  await server.close();
  await drive(() => told.filter((line) => line === 'failed unreachable').length === 3, 1_000);
  expect(told.find((line) => line.includes('ECONNREFUSED'))).toBeDefined();
  await close().catch(() => undefined);
});

test('an object with invalid fields is told and skipped; its last good value stays; the others go on', async () => {
  const { server, drive, told, sink } = await start();
  const bad = { ...aService(1), spec: { clusterIP: 'nowhere' } };
  server.put(bad);
  server.put({ ...aService(200), spec: { clusterIP: 'nowhere' } });
  server.put(aService(2, 1));
  await drive(() => sink.items.get('shop/svc-2')?.clusterIPs[0]?.charCodeAt(1) === 1);
  expect(told).toContain(new Problem('Service shop/svc-1: spec.clusterIP is "nowhere"; it must be an IPv4 or IPv6 address').message);
  expect(sink.items.get('shop/svc-1')?.clusterIPs[0]).toBe('\n\x00\x00\x01');
  expect(sink.items.has('shop/svc-200')).toBe(false);
  // A list keeps the last good value too.
  server.compact();
  server.put(aService(9, 9));
  server.compact();
  server.lie({ kind: 'gone', times: 1, how: 'event' });
  server.lie({ kind: 'restart' });
  await drive(() => sink.replacements === 2);
  expect(sink.items.get('shop/svc-1')?.clusterIPs[0]).toBe('\n\x00\x00\x01');
  server.put(aService(1, 3));
  await drive(() => sink.items.get('shop/svc-1')?.clusterIPs[0]?.charCodeAt(1) === 3);
});

test('a list of an unchanged cluster leaves the very same values', async () => {
  const { server, drive, sink } = await start();
  const before = sink.items.get('shop/svc-1');
  server.lie({ kind: 'gone', times: 1, how: 'http' });
  server.lie({ kind: 'restart' });
  await drive(() => sink.replacements === 2);
  expect(sink.items.get('shop/svc-1')).toBe(before);
});

test('ends when it is told to, wherever it is', async () => {
  for (const lie of [{ kind: 'half-open' }, { kind: 'status', code: 500, times: 99 }] as const) {
    const reflecting = await startReflecting([], { before: (server) => server.lie(lie) });
    await reflecting.clock.advance(10);
    await reflecting.close();
  }
});

test('rejects when the sink throws: that is a fault of ours', async () => {
  const server = await startFakeApiServer(someServices(3));
  const api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
  const sink = {
    ...mapSink<Service>(),
    replace: () => {
      throw new TypeError('broken sink');
    },
  };
  const { signal } = new AbortController();
  await expect(reflect(api, services, sink, { clock: fakeClock(), random: () => 0, signal })).rejects.toThrow('broken sink');
  api.close();
  await server.close();
});
