import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { aService, sameAs, reflectors } from '../../test/fakes/reflecting.ts';
import type { Clock } from '../clock.ts';
import type { ApiObject } from '../cluster/model.ts';
import { audit } from './audit.ts';
import type { Collection } from './collection.ts';
import type { Fields } from './fields.ts';
import { Held } from './held.ts';
import { namespaces } from './namespace.ts';
import { identityOf, type Identity } from './resource.ts';

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

/** A Namespace, written `name@version`. */
function objectOf(text: string): Fields {
  const [name, resourceVersion] = text.split('@');
  return { metadata: { name, uid: 'u', resourceVersion } };
}
const at = (text: string): Identity => identityOf(objectOf(text), false);

/** Answers a list with these Namespaces, at version 20. */
function listed(clock: Clock, ...objects: string[]): Collection {
  const body = JSON.stringify({ metadata: { resourceVersion: '20' }, items: objects.map(objectOf) });
  const get = () => Promise.resolve({ status: 200, retryAfter: 0, contentType: '', body: Readable.from([Buffer.from(body)]) });
  const api = { url: '', get, renew: () => undefined, close: () => undefined };
  const received = () => undefined;
  return { api, clock, resource: namespaces, namespace: '', selector: '', pageSize: 500, received, withProtobuf: () => false };
}

test.each<[what: string, server: string[], meanwhile: (held: Held<ApiObject>) => void, differences: number]>([
  ['the same', ['a@5', 'b@6'], () => undefined, 0],
  ['another state', ['a@5', 'b@7'], () => undefined, 1],
  ['a change whose event is on its way', ['a@5', 'b@7'], (held) => held.put(at('b@7')), 0],
  ['a change after the list', ['a@5', 'b@7'], (held) => held.put(at('b@21')), 0],
  ['one that is gone', ['a@5'], () => undefined, 1],
  ['one that is gone, whose event is on its way', ['a@5'], (held) => held.remove(at('b@15')), 0],
  ['one that is new', ['a@5', 'b@6', 'c@7'], () => undefined, 1],
  ['one that is new, and deleted after the list', ['a@5', 'b@6', 'c@7'], (held) => held.remove(at('c@21')), 0],
])('%s: what differs ten seconds after the audit’s list counts', async (_what, server, meanwhile, differences) => {
  const held = new Held<ApiObject>();
  held.replace({ items: new Map(['a@5', 'b@6'].map(at).map((item) => [item.key, item])), aside: new Map() }, '10');
  const clock = fakeClock();
  const stop = new AbortController();
  const counts: number[] = [];
  const options = { clock, random: () => 0.5, signal: stop.signal, interval: 60_000 };
  const running = audit(listed(clock, ...server), held, options, (count) => counts.push(count));
  await clock.advance(60_000);
  // The list is read in a few turns.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  meanwhile(held);
  await clock.advance(10_000);
  expect(counts).toEqual([differences]);
  // For the next audit; nothing watches over the request any more.
  expect(clock.waiting).toBe(1);
  stop.abort();
  await running;
});
