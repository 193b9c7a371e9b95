import { expect, test } from 'vitest';
import { aService, reflectors } from '../../test/fakes/reflecting.ts';

const { begin } = reflectors();

test('a streaming list that never ends costs seconds, not the watch idle limit, and is asked for twice at most', async () => {
  const { server, clock, drive, told } = await begin(25, {
    watchIdleLimit: 180_000,
    auditInterval: 0,
    before: (server) => server.lie({ kind: 'endless' }),
  });
  for (const lists of [1, 2, 3]) {
    const since = clock.monotonic();
    await drive(() => told.filter((line) => line === 'listed pages').length === lists && told.at(-1) === 'watching');
    expect(clock.monotonic() - since).toBeLessThan(15_000);
    server.lie({ kind: 'gone', times: 1, how: 'event' });
    server.endWatches();
  }
  expect(server.requests.filter((request) => request.includes('sendInitialEvents'))).toHaveLength(2);
});

test('a server that knows no streaming lists and answers all the same is listed by pages as soon as it shows', async () => {
  const { server, clock, drive, told } = await begin(25, {
    watchIdleLimit: 180_000,
    before: (server) => server.lie({ kind: 'endless' }),
  });
  const since = clock.monotonic();
  await drive(() => told.filter((line) => line === 'event ADDED').length === 25, 0);
  server.bookmark();
  await drive(() => told.includes('listed pages'), 0);
  expect(told).toContain('failed rejected');
  expect(clock.monotonic()).toBe(since);
});

test('a streaming list that is slow but moves is waited for', async () => {
  const { server, clock, drive, told } = await begin(25, { watchIdleLimit: 180_000, before: (server) => server.lie({ kind: 'endless' }) });
  for (let index = 0; index < 10; index++) {
    await drive(() => told.filter((line) => line === 'event ADDED').length === 25 + index, 0);
    await clock.advance(8_000);
    server.put(aService(100 + index));
  }
  expect(told).not.toContain('failed idle');
});
