import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { asked } from '../../test/fakes/asked.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameFromText, ROOT, type Name } from '../wire/name.ts';
import { nameRdata, soaRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { Cache } from './cache.ts';
import { readTtl } from './cache/lifetime.ts';
import { hitNames, kindNames, silentCacheObserver, type CacheObserver, type CacheOptions } from './cache/options.ts';
import type { Handler, Outcome } from './handler.ts';

const name = (text: string): Name => nameFromText(text)!;
const www = name('www.example.test');

const defaults: CacheOptions = {
  cacheSize: 1 << 20,
  cacheMinTtl: 0,
  cacheMaxTtl: 3600,
  cacheMinNegativeTtl: 0,
  cacheMaxNegativeTtl: 3600,
  cacheServfailTtl: 1,
  prefetch: true,
  serveStale: 86_400,
  staleTtl: 30,
  staleClientTimeout: 1800,
  staleRecheck: 5000,
  cacheAuthoritative: false,
};

const soa = soaRdata({ mname: ROOT, rname: ROOT, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 });

function address(ttl: number, last = 1, clock?: FakeClock): Answer {
  const body = new BodyWriter(www).addRRset('answers', www, { type: Type.A, ttl, rdata: [Uint8Array.of(192, 0, 2, last)] });
  return { ...body.answer(Rcode.NOERROR, false, Source.forward), ageing: { since: clock?.monotonic() ?? 0, ttlOffsets: [6] } };
}

function alias(ttl: number): Answer {
  return new BodyWriter(www)
    .add('answers', www, Type.CNAME, ttl, nameRdata(name('edge.test')))
    .answer(Rcode.NOERROR, false, Source.forward);
}

function denial(rcode: number, ttl: number): Answer {
  const body = new BodyWriter(www).addRRset('authorities', name('example.test'), { type: Type.SOA, ttl, rdata: [soa] });
  return body.answer(rcode, false, Source.forward);
}

/** A cache over an upstream that answers `says()` after `delay` ms, and what happened. */
function rig(says: () => Outcome, options: Partial<CacheOptions> = {}, delay = 0) {
  const clock = fakeClock();
  const log: string[] = [];
  const observer: CacheObserver = {
    hit: (hit) => log.push(`hit ${hitNames[hit]}`),
    miss: () => log.push('miss'),
    evicted: (kind) => log.push(`evicted ${kindNames[kind]}`),
    holds: () => undefined,
    prefetched: () => log.push('prefetch'),
    coalesced: () => log.push('coalesced'),
    refreshFailed: (error) => log.push(`failed ${String(error)}`),
  };
  let upstream = 0;
  const next: Handler = async () => {
    upstream++;
    await clock.wait(delay);
    return says();
  };
  const cache = new Cache({ ...defaults, ...options }, clock, () => 0.5, observer);
  const handler = cache.stage(next);
  const ask = (text = 'www.example.test', type = 'A'): Outcome | Promise<Outcome> => handler(asked(text, type, { at: clock.monotonic() }));
  /** Asks, and lets upstream's time pass. */
  const get = async (text?: string, type?: string): Promise<Outcome> => {
    const outcome = ask(text, type);
    if (outcome instanceof Promise) await clock.advance(delay);
    return outcome;
  };
  return { clock, log, cache, ask, get, upstream: () => upstream };
}

const lastOctet = (outcome: Outcome | Promise<Outcome>): number | undefined => (outcome as Answer).body.at(-1);
const shownTtl = (outcome: Outcome | Promise<Outcome>, at = 6): number => readTtl((outcome as Answer).body, at);

describe('Cache', () => {
  it('answers the second question at once, with the same answer for everybody', async () => {
    const { get, ask, upstream } = rig(() => address(60));
    await get();
    const hit = ask();
    expect(hit).not.toBeInstanceOf(Promise);
    expect(ask()).toBe(hit);
    expect(hit).toMatchObject({ rcode: 0, source: Source.cache, authoritative: false, ageing: { since: 0 } });
    expect(upstream()).toBe(1);
  });

  it('asks again when the TTL has ended', async () => {
    let last = 1;
    const { get, ask, clock } = rig(() => address(60, last++, clock), { prefetch: false });
    await get();
    await clock.advance(59_999);
    expect(lastOctet(ask())).toBe(1);
    await clock.advance(1);
    expect(lastOctet(await get())).toBe(2);
    expect(lastOctet(ask())).toBe(2);
  });

  it.each([
    ['least TTL', 3, {}, 3],
    ['clamped from above', 300, { cacheMaxTtl: 30 }, 30],
    ['clamped from below', 1, { cacheMinTtl: 5 }, 5],
    ['0, not kept', 0, {}, undefined],
    ['0, kept where a least TTL is set', 0, { cacheMinTtl: 5 }, 5],
    ['the highest bit set, not kept', 0x80000001, {}, undefined],
  ])('positive TTL: %s', async (_, ttl, options, expected) => {
    const { get, ask, cache } = rig(() => address(ttl), options);
    expect(shownTtl(await get())).toBe(expected ?? readTtl(address(ttl).body, 6));
    expect(cache.inspect(www).map((entry) => entry.ttl)).toEqual(expected === undefined ? [] : [expected]);
    if (expected !== undefined) expect(shownTtl(ask())).toBe(expected);
  });

  it.each([
    ["the SOA's TTL", Rcode.NXDOMAIN, 20, {}, 20],
    ["the SOA's last field", Rcode.NOERROR, 3600, {}, 60],
    ['clamped from above', Rcode.NXDOMAIN, 3600, { cacheMaxNegativeTtl: 10 }, 10],
    ['clamped from below', Rcode.NOERROR, 1, { cacheMinNegativeTtl: 5 }, 5],
  ])('negative TTL: %s', async (_, rcode, ttl, options, expected) => {
    const { get, ask, cache, log } = rig(() => denial(rcode, ttl), options);
    await get();
    expect(cache.inspect(www)).toMatchObject([{ kind: 'negative', rcode, ttl: expected }]);
    expect(shownTtl(ask())).toBe(expected);
    expect(log).toEqual(['miss', 'hit negative']);
  });

  it('keeps an alias whose target others know', async () => {
    const { get, ask, upstream } = rig(() => ({ ...alias(20), leadsOn: true }));
    await get();
    expect(ask()).toMatchObject({ answers: 1, leadsOn: true, source: Source.cache });
    expect(upstream()).toBe(1);
  });

  it.each([
    ['an alias without a target', alias(20)],
    ['a denial without SOA', emptyAnswer(Rcode.NXDOMAIN, Source.forward)],
    ['REFUSED', emptyAnswer(Rcode.REFUSED, Source.forward)],
    ['a truncated answer', { ...address(60), truncated: true }],
    ['nothing', undefined],
    ['ends past the body', { ...address(60), ends: [99] }],
    ['more records than there are', { ...address(60), answers: 2 }],
  ])('%s is not kept', async (_, answer) => {
    const { get, cache, upstream } = rig(() => answer);
    expect(await get()).toBe(answer);
    await get();
    expect(upstream()).toBe(2);
    expect(cache.statistics().entries).toEqual({ positive: 0, negative: 0, failure: 0 });
  });

  it('gives SERVFAIL again for a second, with its extended error', async () => {
    const failed = emptyAnswer(Rcode.SERVFAIL, Source.server, { code: ExtendedError.NO_REACHABLE_AUTHORITY, text: 'no upstream answers' });
    const { get, ask, clock, upstream } = rig(() => failed);
    await get();
    expect(ask()).toMatchObject({ rcode: Rcode.SERVFAIL, extendedError: failed.extendedError });
    await clock.advance(1000);
    await get();
    expect(upstream()).toBe(2);
  });

  it('asks nobody in the background when that throws, and says so', async () => {
    const clock = fakeClock();
    const errors: unknown[] = [];
    const observer = { ...silentCacheObserver, refreshFailed: (error: unknown) => errors.push(error) };
    const cache = new Cache({ ...defaults, staleClientTimeout: 0 }, clock, () => 0.5, observer);
    let next: Handler = () => address(10);
    const handler = cache.stage((query) => next(query));
    const ask = (): Outcome | Promise<Outcome> => handler(asked('www.example.test', 'A', { at: clock.monotonic() }));
    await ask();
    await clock.advance(10_000);
    next = () => {
      throw new Error('thrown');
    };
    expect(ask()).toMatchObject({ source: Source.stale });
    next = () => Promise.reject(new Error('rejected'));
    expect(ask()).toMatchObject({ source: Source.stale });
    await clock.advance(0);
    expect(errors.map(String)).toEqual(['Error: thrown', 'Error: rejected']);
  });

  it('hands a rejection to every client that waits, and forgets it', async () => {
    let fails = true;
    const { get, ask } = rig(() => {
      if (fails) throw new Error('our fault');
      return address(10);
    });
    const both = [ask(), ask()];
    await expect(get()).rejects.toThrow('our fault');
    for (const outcome of both) await expect(outcome).rejects.toThrow('our fault');
    fails = false;
    expect(await get()).toMatchObject({ rcode: 0 });
  });

  it.each([
    ['a class that is not IN', asked('www.example.test'), 3],
    ['a meta type', asked('www.example.test', 'TYPE252'), 1],
    ['ANY', asked('www.example.test', 'ANY'), 1],
  ])('%s goes by', (_, query, questionClass) => {
    const cache = new Cache(defaults, fakeClock(), () => 0.5);
    let upstream = 0;
    const handler = cache.stage(() => {
      upstream++;
      return address(60);
    });
    for (let i = 0; i < 2; i++) void handler({ ...query, class: questionClass });
    expect(upstream).toBe(2);
    expect(cache.statistics().entries.positive).toBe(0);
  });

  it('a question without recursion is answered from memory or refused, and keeps nobody from asking anew', () => {
    const cache = new Cache(defaults, fakeClock(), () => 0.5);
    const refused = emptyAnswer(Rcode.REFUSED, Source.server);
    let last = 0;
    const handler = cache.stage(({ recursionDesired }) => (recursionDesired ? address(10, ++last) : refused));
    const ask = (recursionDesired: boolean, at: number) =>
      handler({ ...asked('www.example.test', 'A', { at }), recursionDesired }) as Answer;
    expect(ask(false, 0)).toBe(refused);
    expect(ask(true, 1).body.at(-1)).toBe(1);
    expect(ask(false, 2)).toMatchObject({ source: Source.cache, answers: 1 });
    expect(ask(false, 11_000)).toBe(refused);
    expect(ask(true, 11_001)).toMatchObject({ source: Source.forward });
    expect(last).toBe(2);
  });

  it('claims authority only where that is wanted', async () => {
    const { get, ask, cache } = rig(() => address(60), { cacheAuthoritative: true });
    await get();
    expect(ask()).toMatchObject({ authoritative: true });
    cache.configure(defaults);
    cache.flush({ all: true });
    await get();
    expect(ask()).toMatchObject({ authoritative: false });
  });

  it('begins anew in another size', async () => {
    const { get, cache } = rig(() => address(60));
    await get();
    cache.configure({ ...defaults, cacheSize: 2 << 20 });
    expect(cache.statistics()).toMatchObject({ limit: 2 << 20, entries: { positive: 0 } });
    await get();
    expect(cache.statistics().entries.positive).toBe(1);
    cache.configure({ ...defaults, cacheSize: 0 });
    await get();
    expect(cache.statistics().entries.positive).toBe(0);
  });

  type Happening =
    | { readonly what: 'ask'; readonly name: number }
    | { readonly what: 'pass'; readonly ms: number }
    | { readonly what: 'change'; readonly name: number; readonly ttl: number; readonly rcode: number }
    | { readonly what: 'flush'; readonly name: number };
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constant('ask' as const), name: fc.nat(4) }) },
    fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    fc.record({
      what: fc.constant('change' as const),
      name: fc.nat(4),
      ttl: fc.integer({ min: 0, max: 60 }),
      rcode: fc.constantFrom(Rcode.NOERROR, Rcode.NXDOMAIN),
    }),
    fc.record({ what: fc.constant('flush' as const), name: fc.nat(4) }),
  );

  it('is a map of what was heard last and has not ended: any sequence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
        const clock = fakeClock();
        const cache = new Cache({ ...defaults, serveStale: 0, prefetch: false }, clock, () => 0.5);
        const upstream = new Map<number, { answer: Answer; ttl: number }>();
        const unchanged = { answer: address(20), ttl: 20 };
        const model = new Map<number, { answer: Answer; ends: number }>();
        let heard = 0;
        let version = 0;
        const handler = cache.stage((query) => {
          heard++;
          const { answer } = upstream.get(Number(query.name.charAt(1))) ?? unchanged;
          return { ...answer, ageing: { since: clock.monotonic(), ttlOffsets: [] } };
        });
        for (const it of happenings) {
          if (it.what === 'pass') await clock.advance(it.ms);
          else if (it.what === 'flush') {
            cache.flush({ name: name(`${it.name}.test`) });
            model.delete(it.name);
          } else if (it.what === 'change') {
            const changed = it.rcode === Rcode.NOERROR ? address(it.ttl, (version = (version + 1) % 256)) : denial(it.rcode, it.ttl);
            upstream.set(it.name, { answer: changed, ttl: it.ttl });
          } else {
            const known = model.get(it.name);
            const fresh = known !== undefined && clock.monotonic() < known.ends;
            const before = heard;
            const outcome = await handler(asked(`${it.name}.test`, 'A', { at: clock.monotonic() }));
            expect(heard - before).toBe(fresh ? 0 : 1);
            const now = upstream.get(it.name) ?? unchanged;
            const answer = fresh ? known.answer : now.answer;
            expect(outcome).toMatchObject({ rcode: answer.rcode, answers: answer.answers });
            expect(lastOctet(outcome)).toBe(answer.body.at(-1));
            if (!fresh && now.ttl > 0) model.set(it.name, { answer, ends: clock.monotonic() + now.ttl * 1000 });
            else if (!fresh) model.delete(it.name);
          }
        }
        const fresh = [...model.values()].filter(({ ends }) => clock.monotonic() < ends).length;
        const shown = [0, 1, 2, 3, 4].flatMap((index) => cache.inspect(name(`${index}.test`))).filter(({ state }) => state === 'fresh');
        expect(shown).toHaveLength(fresh);
      }),
      { numRuns: 150 },
    );
  });
});
