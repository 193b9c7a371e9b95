import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { service as clusterService } from '../../test/fakes/slim.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { nothingChanges } from '../../test/fakes/update.ts';
import { Publisher } from '../cluster/publisher.ts';
import type { PublishedService } from '../cluster/update.ts';
import { nameFromText } from '../wire/name.ts';
import { clusterObserver } from './cluster-observer.ts';
import { ZoneSize } from './zone-size.ts';

function service(name: string, clusterIPs: readonly string[]): PublishedService {
  const ports = [{ name: 'http', protocol: 'tcp', port: 80 }];
  return { key: `default/${name}`, namespace: 'default', name, kind: 'clusterIP', clusterIPs, externalName: '', ports, endpoints: [] };
}

test('names and records follow the updates, a little later', async () => {
  const clock = fakeClock();
  const stopping = new AbortController();
  const zone = new ZoneSize(nameFromText('cluster.local')!, clock, stopping.signal, (error) => {
    throw error;
  });
  zone.published({ ...nothingChanges, services: [service('web', ['\x0a\0\0\x01'])], namespaces: { added: ['default'], removed: [] } });
  expect(zone.size).toEqual({ names: 1, records: 0 });
  await clock.advance(1000);
  // web, _tcp.web, _http._tcp.web: an address and two SRV; and the namespace.
  expect(zone.size).toEqual({ names: 4, records: 3 });
  zone.published({ ...nothingChanges, services: [service('web', ['\x0a\0\0\x01', '\x0a\0\0\x02']), service('db', ['\x0a\0\0\x03'])] });
  await clock.advance(1000);
  expect(zone.size).toEqual({ names: 7, records: 7 });
  zone.published({ ...nothingChanges, removedServices: ['default/web', 'default/db'], namespaces: { added: [], removed: ['default'] } });
  await clock.advance(1000);
  expect(zone.size).toEqual({ names: 0, records: 0 });
  zone.published({ ...nothingChanges, services: [service('web', ['\x0a\0\0\x01'])] });
  stopping.abort();
  await clock.advance(1000);
  expect([zone.size.records, clock.waiting]).toEqual([0, 0]);
});

test('a Service that cannot be counted is told of, and those that change later are counted', async () => {
  const clock = fakeClock();
  const failures: unknown[] = [];
  const zone = new ZoneSize(nameFromText('cluster.local')!, clock, new AbortController().signal, (error) => failures.push(error));
  zone.published({ ...nothingChanges, services: [{ ...service('bad', []), ports: undefined as never }] });
  await clock.advance(1000);
  expect(failures).toHaveLength(1);
  zone.published({ ...nothingChanges, services: [service('web', ['\x0a\0\0\x01'])] });
  await clock.advance(1000);
  expect(zone.size).toEqual({ names: 3, records: 3 });
});

test.each([
  ['all of it is still there', 'a'],
  ['none of it is there any more', 'b'],
])('what a snapshot holds is counted, where %s', async (_, namespace) => {
  const clock = fakeClock();
  const { counters, log } = fakeTelemetry();
  const zone = new ZoneSize(nameFromText('cluster.local')!, clock, new AbortController().signal, (error) => {
    throw error;
  });
  const parts = { clock, needed: ['services'], post: () => undefined } as const;
  const before = new Publisher(parts);
  before.store.services.replace([clusterService('a/web', { clusterIPs: ['10.0.0.1'], ports: [] })]);
  before.flush();
  const publisher = new Publisher({ ...parts, initial: before.snapshot(), observer: clusterObserver(counters, log, zone) });
  await clock.advance(1000);
  expect(zone.size).toEqual({ names: 2, records: 1 });
  publisher.store.services.replace([clusterService(`${namespace}/web`, { clusterIPs: ['10.0.0.1'], ports: [] })]);
  publisher.flush();
  await clock.advance(1000);
  expect(zone.size).toEqual({ names: 2, records: 1 });
});
