/** A reflector whose server, or what stands before it, ends connections, comes back as another, or is not trusted. */
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSink } from '../../test/fakes/map-sink.ts';
import { aService, changeAll, reflectors } from '../../test/fakes/reflecting.ts';
import type { Service } from '../cluster/model.ts';
import { noObserver } from './observer.ts';
import { reflect } from './reflector.ts';
import { services } from './service.ts';

const { begin, start } = reflectors();

test.each([true, false])(
  'a balancer that closes what is quiet leaves nothing unwatched for long (streaming lists: %s)',
  async (streaming) => {
    const waits: number[] = [];
    let watches = 0;
    const observer = {
      ...noObserver,
      watching: () => {
        watches++;
      },
      failed: (_of: unknown, _failure: unknown, wait: number) => void waits.push(wait),
    };
    const { server, clock, drive } = await start(25, {
      observer,
      streaming,
      // The wait after it would be longer, if the first watch did not stand.
      before: (server) => server.lie({ kind: 'status', code: 404, times: 1 }),
    });
    await drive(() => watches === 1, 20);
    for (let round = 1; round < 8; round++) {
      await clock.advance(35_000);
      server.lie({ kind: 'restart' });
      await drive(() => watches === round + 1, 20);
    }
    expect(waits).toEqual(waits.map(() => 600));
  },
);

test('a server that comes back from nothing is found out as soon as it is there', async () => {
  const { server, drive, settled, told } = await start();
  changeAll(server);
  await settled();
  server.restore(3);
  server.lie({ kind: 'restart' });
  await drive(() => told.includes('failed backwards'), 20);
  await settled(20);
  // A watch from a version that is not there yet is silent.
  expect(told).not.toContain('failed idle');
});

test('a certificate that is not trusted: the CA is read again before the next try', async () => {
  const stop = new AbortController();
  const get = (): Promise<never> => Promise.reject(Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }));
  let renewals = 0;
  const renew = (): void => {
    renewals++;
    stop.abort();
  };
  const api = { url: 'https://127.0.0.1:1', get, renew, close: () => undefined };
  await reflect(api, services, mapSink<Service>(), { clock: fakeClock(), random: () => 0, signal: stop.signal });
  expect(renewals).toBe(1);
});

test('failures that an event comes between do not add up to a list', async () => {
  const { server, drive, settled, told } = await start();
  for (let round = 1; round < 4; round++) {
    server.lie({ kind: 'garbage', times: 1 });
    server.put(aService(1, round));
    await drive(() => told.filter((line) => line === 'failed malformed').length === round);
    await settled();
  }
  expect(told.filter((line) => line.startsWith('listing'))).toEqual(['listing start']);
});

test('a list that expires between two pages is asked for in one', async () => {
  const options = { pageSize: 50, streaming: false };
  const { server, drive, told } = await begin(120, { ...options, before: (server) => server.lie({ kind: 'gone', times: 1, how: 'http' }) });
  await drive(() => told.includes('watching'));
  expect(server.requests.map((request) => /limit=50(&continue)?|watch=1/g.exec(request)?.at(0))).toEqual([
    'limit=50',
    'limit=50&continue',
    undefined,
    'watch=1',
  ]);
});

test.each([
  [{}, true],
  [{ namespace: 'shop' }, false],
  [{ selector: 'app=web' }, false],
])('a first list without objects, of %j, is doubted: %s', async (options, doubted) => {
  const { drive, told, sink } = await begin(0, options);
  await drive(() => sink.replacements === 1);
  expect(told.includes('failed suspect')).toBe(doubted);
});
