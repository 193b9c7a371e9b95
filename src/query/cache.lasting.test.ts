import { expect, test } from 'vitest';
import { address, alias, cacheDefaults } from '../../test/fakes/cached.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { asked } from '../../test/fakes/asked.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode } from '../wire/iana.ts';
import type { Query } from '../wire/query.ts';
import { Cache } from './cache.ts';
import { Hit, silentCacheObserver, type CacheOptions } from './cache/options.ts';
import type { Lasting } from './lasting.ts';

/** A cache that holds an answer, which is queried at some times. */
async function rig(says: Answer = address(60), options: Partial<CacheOptions> = {}) {
  const clock = fakeClock();
  let flushed = 0;
  const cache = new Cache({ ...cacheDefaults, ...options }, clock, () => 0.5, { ...silentCacheObserver, flushed: () => flushed++ });
  const handler = cache.stage(() => Promise.resolve(says));
  const queryAt = (at: number): Query => asked('www.example.test', 'A', { at });
  await handler(queryAt(0));
  const lasting = (at: number, repeats = 0): Lasting | undefined => cache.lasting(queryAt(at), handler(queryAt(at)) as Answer, repeats);
  return { cache, lasting, queryAt, flushed: () => flushed };
}

test('an answer that comes four times a second lasts until its TTL counts down', async () => {
  const { lasting } = await rig();
  const untils = [0, 1, 2, 3, 999].map((at) => lasting(at)?.until);
  expect(untils).toEqual([undefined, undefined, undefined, 1000, 1000]);
  // Five hits so far; eight would be needed in two seconds.
  expect(lasting(1000)).toBeUndefined();
  expect(lasting(1001, 1)).toEqual({ until: 2000, hit: Hit.positive });
});

test('an answer lasts no longer than until it may be asked for again', async () => {
  const { lasting } = await rig(address(2));
  expect(lasting(1000, 50)?.until).toBe(1800);
  // It is being prefetched.
  expect(lasting(1900, 50)).toBeUndefined();
});

test.each<[string, Answer, Hit]>([
  ['a failure', emptyAnswer(Rcode.SERVFAIL, Source.forward), Hit.negative],
  ['a CNAME that leads on', { ...alias(60), leadsOn: true }, Hit.positive],
])('a hit of %s counts as what it is', async (_, answer, hit) => {
  const { lasting } = await rig(answer);
  expect(lasting(3, 50)?.hit).toBe(hit);
});

test('an answer that comes often lasts however long it has been in the cache', async () => {
  const { lasting } = await rig(address(86_400), { cacheMaxTtl: 86_400 });
  lasting(1, 70_000);
  expect(lasting(40_000_000)).toMatchObject({ until: 40_001_000 });
});

test('repetitions count before a prefetch too', async () => {
  const { cache, lasting, queryAt } = await rig(address(2));
  lasting(1, 5);
  expect(lasting(1900, 50)).toBeUndefined();
  expect(cache.inspect(queryAt(0).name)).toMatchObject([{ hits: 57 }]);
});

test('repetitions count as hits of the entry', async () => {
  const { cache, lasting, queryAt } = await rig();
  lasting(1, 70_000);
  expect(cache.inspect(queryAt(0).name)).toMatchObject([{ hits: 65_535 }]);
});

test('another answer than the one in the cache does not last', async () => {
  const { cache, queryAt } = await rig();
  expect(cache.lasting(queryAt(5), address(60), 50)).toBeUndefined();
});

test('flushing is told', async () => {
  const { cache, flushed } = await rig();
  cache.flush({ all: true });
  expect(flushed()).toBe(1);
});
