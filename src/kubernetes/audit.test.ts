import { expect, test } from 'vitest';
import { aService, sameAs, reflectors } from '../../test/fakes/reflecting.ts';

const { start } = reflectors();

test('the audit finds nothing where nothing differs, changes on their way included', async () => {
  const { server, clock, drive, told } = await start(25, { watchIdleLimit: 1e12 });
  await drive(() => told.includes('audited 0'), 60_000);
  expect(server.requests.some((request) => request.includes('limit=500'))).toBe(true);
  server.put(aService(1, 1));
  await clock.advance(0);
  await drive(() => told.filter((line) => line.startsWith('audited')).length === 2, 60_000);
  expect(told.filter((line) => line.startsWith('audited'))).toEqual(['audited 0', 'audited 0']);
});

test('the audit counts what differs: a change, a creation and a deletion that were never told', async () => {
  const { server, drive, settled, told, sink } = await start(25, { watchIdleLimit: 1e12 });
  server.lie({ kind: 'gap', times: 3 });
  server.put(aService(1, 1));
  server.put(aService(100));
  server.remove('Service', 'shop/svc-2');
  server.put(aService(3, 1));
  await drive(() => sink.items.get('shop/svc-3')?.clusterIPs[0]?.charCodeAt(1) === 1);
  expect(sameAs(server, sink)).toBe(false);
  await drive(() => told.includes('audited 3'), 60_000);
  await settled();
});

test('the audit finds what a restored server no longer has, even when its versions have passed those held', async () => {
  const { server, drive, settled, told, sink } = await start(25, { watchIdleLimit: 1e12 });
  const { version } = server;
  server.put(aService(1, 1));
  server.remove('Service', 'shop/svc-2');
  await drive(() => !sink.items.has('shop/svc-2'));
  server.restore(version);
  for (let i = 3; i < 10; i++) server.put(aService(i, 1));
  await drive(() => sink.items.get('shop/svc-9')?.clusterIPs[0]?.charCodeAt(1) === 1);
  expect(sameAs(server, sink)).toBe(false);
  await drive(() => told.includes('audited 2'), 60_000);
  await settled();
});
