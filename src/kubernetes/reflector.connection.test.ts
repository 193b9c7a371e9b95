/** A reflector whose server, or what stands before it, ends connections, comes back as another, or is not trusted. */
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSink } from '../../test/fakes/map-sink.ts';
import { changeAll, reflectors } from '../../test/fakes/reflecting.ts';
import type { Service } from '../cluster/model.ts';
import { noObserver } from './observer.ts';
import { reflect } from './reflector.ts';
import { services } from './service.ts';

const { start } = reflectors();

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
    const { server, clock, drive } = await start(25, { observer, streaming });
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
