import { describe, expect, it } from 'vitest';
import { address, alias, cacheDefaults, denial, lastOctet, www } from '../../test/fakes/cached.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { asked } from '../../test/fakes/asked.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { Cache } from './cache.ts';
import { readTtl } from './cache/lifetime.ts';
import { hitNames, kindNames, silentCacheObserver, type CacheObserver, type CacheOptions } from './cache/options.ts';
import type { Handler, Outcome } from './handler.ts';

/** A cache in front of an upstream that answers `says()` after `delay` ms, with a log of the observer's calls. */
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
  const cache = new Cache({ ...cacheDefaults, ...options }, clock, () => 0.5, observer);
  const handler = cache.stage(next);
  const ask = (text = 'www.example.test', type = 'A'): Outcome | Promise<Outcome> => handler(asked(text, type, { at: clock.monotonic() }));
  /** Asks, and advances the clock by the upstream's delay on a miss. */
  const get = async (text?: string, type?: string): Promise<Outcome> => {
    const outcome = ask(text, type);
    if (outcome instanceof Promise) await clock.advance(delay);
    return outcome;
  };
  return { clock, log, cache, ask, get, upstream: () => upstream };
}

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

  it.each([
    ['NXDOMAIN', denial(Rcode.NXDOMAIN, 3600), 0],
    ['NODATA', denial(Rcode.NOERROR, 3600), 0],
    ['an address', address(3600), 30],
  ])('where no denial may be kept, clients do not keep %s longer than this cache', async (_, answer, expected) => {
    const { get, cache } = rig(() => answer, { cacheMaxTtl: 30, cacheMaxNegativeTtl: 0 });
    expect(shownTtl(await get())).toBe(expected);
    expect(cache.statistics().entries.negative).toBe(0);
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

  it.each([
    ['a failure', ExtendedError.NETWORK_ERROR, Source.stale],
    ['a resolver that does not know us', ExtendedError.PROHIBITED, Source.stale],
    ['one that blocks the name', ExtendedError.BLOCKED, Source.forward],
    ['one that must block it', ExtendedError.CENSORED, Source.forward],
    ['one that was asked to', ExtendedError.FILTERED, Source.forward],
  ])('what has ended is no way around a block: %s', async (_, code, source) => {
    let answer = address(10);
    const { get, cache, clock } = rig(() => answer);
    await get();
    answer = emptyAnswer(Rcode.SERVFAIL, Source.forward, { code, text: '' });
    await clock.advance(11_000);
    expect(await get()).toMatchObject({ source });
    expect(cache.statistics().entries.positive).toBe(source === Source.stale ? 1 : 0);
  });

  it('asks nobody in the background when that throws, and says so', async () => {
    const clock = fakeClock();
    const errors: unknown[] = [];
    const observer = { ...silentCacheObserver, refreshFailed: (error: unknown) => errors.push(error) };
    const cache = new Cache({ ...cacheDefaults, staleClientTimeout: 0 }, clock, () => 0.5, observer);
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
    const cache = new Cache(cacheDefaults, fakeClock(), () => 0.5);
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
    const cache = new Cache(cacheDefaults, fakeClock(), () => 0.5);
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
    cache.configure(cacheDefaults);
    expect(ask()).toMatchObject({ authoritative: false });
  });

  it('flushes several zones at once, each with all names below it', async () => {
    const { get, cache } = rig(() => address(60));
    const names = ['a.test', 'www.a.test', 'www.b.test', 'b.test.example', 'xa.test', 'test'];
    for (const name of names) await get(name);
    expect(cache.flush({ zones: ['a.test', 'b.test'].map((text) => nameFromText(text)!) })).toBe(3);
    expect(names.filter((name) => cache.inspect(nameFromText(name)!).length > 0)).toEqual(['b.test.example', 'xa.test', 'test']);
  });

  it('begins anew in another size', async () => {
    const { get, cache } = rig(() => address(60));
    await get();
    cache.configure({ ...cacheDefaults, cacheSize: 2 << 20 });
    expect(cache.statistics()).toMatchObject({ limit: 2 << 20, entries: { positive: 0 } });
    await get();
    expect(cache.statistics().entries.positive).toBe(1);
    cache.configure({ ...cacheDefaults, cacheSize: 0 });
    await get();
    expect(cache.statistics().entries.positive).toBe(0);
  });

  it('keeps no refusal of ours: the others are asked for, though one who asked too much is given what has ended', async () => {
    const clock = fakeClock();
    const tooMuch = emptyAnswer(Rcode.REFUSED, Source.policy);
    let mayAsk = true;
    const cache = new Cache(cacheDefaults, clock, () => 0.5);
    const handler = cache.stage(() => (mayAsk ? Promise.resolve(address(60, 1, clock)) : tooMuch));
    const ask = (): Outcome | Promise<Outcome> => handler(asked('www.example.test', 'A', { at: clock.monotonic() }));
    mayAsk = false;
    expect(ask()).toBe(tooMuch);
    mayAsk = true;
    await ask();
    await clock.advance(61_000);
    mayAsk = false;
    expect(ask()).toMatchObject({ source: Source.stale });
    mayAsk = true;
    expect(await ask()).toMatchObject({ source: Source.forward });
  });
});
