/** What a source tells its reflectors, and what becomes of them when one fails. */
import { afterEach, expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/fakes/api-server/server.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { mapSinks } from '../../test/fakes/map-sink.ts';
import { someServices } from '../../test/fakes/reflecting.ts';
import { until } from '../../test/fakes/until.ts';
import { connect, type Api } from './api.ts';
import type { Failure } from './failure.ts';
import { noObserver } from './observer.ts';
import type { Reflected } from './reflected.ts';
import { feedFromApi } from './source.ts';

const WANTED = { pods: false, endpointPodNames: true, namespaces: [], selector: '' };

let server: FakeApiServer | undefined;
let api: Api;
async function start(): Promise<void> {
  server = await startFakeApiServer(someServices(25));
  api = connect({ server: server.url, access: () => Promise.resolve({ headers: {}, tls: {} }), renew: () => undefined });
}
afterEach(async () => {
  api.close();
  await server?.close();
});

test('the first list of a kind is held against what was known of it before a restart', async () => {
  await start();
  const suspect: string[] = [];
  const observer = {
    ...noObserver,
    failed: ({ name }: Reflected, { reason, message }: Failure) => {
      if (reason === 'suspect') suspect.push(`${name} ${message}`);
    },
  };
  const stop = new AbortController();
  const clock = fakeClock();
  const sinks = mapSinks();
  const feeding = feedFromApi(api, sinks, { ...WANTED, clock, random: () => 0, observer, known: { services: 60 } }, stop.signal);
  await until(() => sinks.services.replacements === 1, { between: () => clock.advance(100) });
  expect(suspect).toContainEqual(expect.stringMatching(/^services .*it has 25 where 60 were known/));
  stop.abort();
  await feeding;
});

test('when one of them fails by a fault of ours, all of them end', async () => {
  await start();
  const clock = fakeClock();
  const sinks = mapSinks();
  const broken = {
    ...sinks.services,
    replace: () => {
      throw new TypeError('broken sink');
    },
  };
  const options = { ...WANTED, clock, random: () => 0 };
  await expect(feedFromApi(api, { ...sinks, services: broken }, options, new AbortController().signal)).rejects.toThrow('broken sink');
  await until(() => clock.waiting === 0);
});
