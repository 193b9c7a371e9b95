/** Clients that wait for upstreams: how many may, and what the others are given. */
import { describe, expect, it } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { address, cacheDefaults } from '../../test/fakes/cached.ts';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { Source } from '../wire/answer.ts';
import { Rcode } from '../wire/iana.ts';
import { Cache } from './cache.ts';
import { silentCacheObserver } from './cache/options.ts';
import { ClientPlaces } from './client-limit/client-places.ts';
import { forwardShare } from './client-limit/forward-share.ts';
import type { Handler } from './handler.ts';

describe('clients that wait', () => {
  const slow: Handler = () => new Promise(() => undefined);
  const waits = (outcome: ReturnType<Handler>): boolean => outcome instanceof Promise;
  const from = (address: string, text: string) => asked(text, 'A', { from: address });

  it('are not refused for one that asks for the same slow name again and again', () => {
    const cache = new Cache(cacheDefaults, fakeClock(), () => 0.5);
    const handler = cache.stage(forwardShare({ places: 1000, perClient: 10 })(slow));
    for (let i = 0; i < 10_000; i++) void handler(from('10.0.0.66', 'slow.evil.example'));
    expect(cache.statistics()).toMatchObject({ asking: 1, waiting: 4096 });
    for (const honest of ['10.0.0.1', '10.0.0.2']) expect(waits(handler(from(honest, 'www.honest.example')))).toBe(true);
    expect(handler(from('10.0.0.66', 'www.honest.example'))).toMatchObject({ rcode: Rcode.REFUSED });
  });

  it('have so many at most, whoever asked the question first', () => {
    const refused: string[] = [];
    const observer = { overRate: () => undefined, overShare: () => void refused.push('refused') };
    const waiting = new ClientPlaces({ places: 1000, perClient: 10 }, observer);
    const handler = new Cache(cacheDefaults, fakeClock(), () => 0.5, silentCacheObserver, waiting).stage(slow);
    void handler(from('10.0.0.1', 'one.test'));
    const names = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 'one.test' : `name${index}.test`));
    expect(names.filter((text) => waits(handler(from('10.0.0.66', text))))).toHaveLength(10);
    expect(refused).toHaveLength(20);
  });

  it('behind one address are many: a node with a cache of its own, all of whose questions are new', () => {
    const handler = new Cache(cacheDefaults, fakeClock(), () => 0.5).stage(forwardShare({ places: 1000, perClient: 0 })(slow));
    for (let i = 0; i < 400; i++) {
      expect(waits(handler(from('10.0.0.1', `name${i}.test`)))).toBe(true);
      for (let twice = 0; twice < 2; twice++) expect(waits(handler(from('10.0.0.1', 'www.test')))).toBe(true);
    }
  });

  /** A handler over a cache whose entry for www.example.test has ended; upstreams are slow. */
  async function withEnded(waiting?: ClientPlaces): Promise<{ clock: FakeClock; handler: Handler }> {
    const clock = fakeClock();
    const cache = new Cache(cacheDefaults, clock, () => 0.5, silentCacheObserver, waiting);
    await cache.stage(() => Promise.resolve(address(60)))(asked('www.example.test'));
    await clock.advance(61_000);
    return { clock, handler: cache.stage(slow) };
  }

  it('are so many that all places are taken: one more is told so, or given what has ended', async () => {
    const { clock, handler } = await withEnded(new ClientPlaces({ places: 8, perClient: 0 }));
    const ask = (client: number, text: string) => handler(asked(text, 'A', { from: `10.0.0.${client}`, at: clock.monotonic() }));
    const outcomes = Array.from({ length: 8 }, (_, index) => ask(index >> 2, 'slow.test'));
    expect(outcomes.every(waits)).toBe(true);
    expect(ask(9, 'slow.test')).toMatchObject({ rcode: Rcode.SERVFAIL, extendedError: { text: 'too many clients wait for upstreams' } });
    expect(ask(9, 'www.example.test')).toMatchObject({ source: Source.stale });
  });

  it('that have no room are given what has ended', async () => {
    const { clock, handler } = await withEnded();
    const from66 = () => handler(asked('www.example.test', 'A', { from: '10.0.0.66', at: clock.monotonic() }));
    const outcomes = Array.from({ length: 5000 }, from66);
    expect(outcomes.filter(waits)).toHaveLength(4096);
    expect(outcomes.at(-1)).toMatchObject({ source: Source.stale });
  });
});
