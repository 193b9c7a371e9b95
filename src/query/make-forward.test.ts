import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { answersAfter, silent } from '../../test/fakes/exchange.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { writeResponse, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameToText, ROOT } from '../wire/name.ts';
import { QueryReader } from '../wire/query.ts';
import { makeForward, type Forwarding, type ForwardingOptions } from './make-forward.ts';

let folder: string;
let end: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-forward-'));
  end = new AbortController();
});
afterEach(() => {
  end.abort();
  rmSync(folder, { recursive: true });
});

interface Bench {
  readonly clock: FakeClock;
  readonly forwarding: Forwarding;
  readonly options: ForwardingOptions;
  readonly warnings: string[];
  readonly infos: string[];
  /** URLs of the upstreams that clients' questions went to, in order. */
  readonly asked: string[];
  /** Zones that `rerouted` was called with, in each call. */
  readonly calls: string[][];
}

function bench(
  changes: Partial<ForwardingOptions>,
  exchangeOf?: (url: string, clock: FakeClock, forwarding: () => Forwarding) => Exchange | undefined,
): Bench {
  const clock = fakeClock();
  const warnings: string[] = [];
  const urls: string[] = [];
  const options: ForwardingOptions = {
    upstream: [],
    zones: {},
    resolvConf: join(folder, 'resolv.conf'),
    policy: 'sequential',
    upstreamBudget: 5000,
    maxConcurrent: 1000,
    caseRandomization: false,
    ...changes,
  };
  const exchange = (url: string): Exchange => {
    const given = exchangeOf?.(url, clock, () => forwarding);
    return (message, signal) => {
      const isProbe = Buffer.from(message).includes('kubezone-loop-check');
      if (!isProbe) urls.push(url);
      return (given ?? answersAfter(clock, 1, () => ({ rcode: 'NXDOMAIN' })))(message, signal);
    };
  };
  const infos: string[] = [];
  const log = { info: (text: string) => infos.push(text), warn: (text: string) => warnings.push(text) };
  const listening = [{ host: '10.9.9.9', port: 53 }];
  const calls: string[][] = [];
  const forwarding: Forwarding = makeForward(options, {
    ...{ clock, random: () => 0, log, signal: end.signal, listening, exchange },
    rerouted: (zones) => calls.push(zones.map(nameToText)),
  });
  return { clock, forwarding, options, warnings, infos, asked: urls, calls };
}

async function ask({ clock, forwarding }: Bench): Promise<Answer> {
  const asking = Promise.resolve(forwarding.handler(asked('www.example.test')));
  await clock.advance(10);
  return (await asking)!;
}

const resolvConf = (...addresses: string[]): void =>
  writeFileSync(join(folder, 'resolv.conf'), addresses.map((address) => `nameserver ${address}\n`).join(''));

/** Advances the clock until the follower has seen the change. */
async function look({ clock }: Bench, isSeen: () => boolean): Promise<void> {
  await clock.advance(5000);
  while (!isSeen()) {
    await new Promise(setImmediate);
    await clock.advance(1);
  }
}

describe('without --upstream', () => {
  test('the nameservers of resolv.conf are asked, and followed when they change', async () => {
    resolvConf('192.0.2.1');
    const it = bench({});
    await ask(it);
    resolvConf('192.0.2.2');
    await look(it, () => it.forwarding.route({ name: ROOT, type: Type.A }).upstreams[0]!.url.includes('192.0.2.2'));
    await ask(it);
    expect(it.asked).toEqual(['udp://192.0.2.1:53', 'udp://192.0.2.2:53']);
    expect(it.warnings).toEqual([]);
    expect(it.infos).toEqual([expect.stringMatching(/resolv\.conf has been read again: asked are udp:\/\/192\.0\.2\.2:53$/)]);
  });

  test('a missing resolv.conf is said, and may come', async () => {
    const it = bench({});
    expect(await ask(it)).toMatchObject({ rcode: Rcode.SERVFAIL, extendedError: { code: ExtendedError.NO_REACHABLE_AUTHORITY } });
    expect(it.warnings).toEqual([expect.stringMatching(/--resolv-conf .*resolv\.conf.*ENOENT.*--upstream/)]);
    resolvConf('192.0.2.1');
    await look(it, () => it.forwarding.route({ name: ROOT, type: Type.A }).upstreams.length > 0);
    expect((await ask(it)).rcode).toBe(Rcode.NXDOMAIN);
  });

  test.each([
    ['an empty file', ''],
    ['comments only', '# none\n;nameserver 192.0.2.3\n'],
    ['no address among them', 'search a.test\nnameserver dns.test\n'],
    ['a file that is gone', undefined],
  ])('%s takes no nameserver away', async (_, text) => {
    resolvConf('192.0.2.1');
    const it = bench({});
    await ask(it);
    if (text === undefined) rmSync(join(folder, 'resolv.conf'));
    else writeFileSync(join(folder, 'resolv.conf'), text);
    await look(it, () => it.warnings.length > 0);
    expect((await ask(it)).rcode).toBe(Rcode.NXDOMAIN);
    expect(it.warnings.at(-1)).toMatch(
      /resolv\.conf (names no nameserver|cannot be read \(ENOENT.*\)): those before are asked on \(udp:\/\/192\.0\.2\.1:53\)/,
    );
  });

  test('none from the start: SERVFAIL, said with the way out', async () => {
    resolvConf();
    const it = bench({});
    expect((await ask(it)).rcode).toBe(Rcode.SERVFAIL);
    expect(it.warnings).toEqual([expect.stringMatching(/names no nameserver.*--upstream/)]);
  });

  test('this server itself is left out', async () => {
    resolvConf('10.9.9.9', '192.0.2.1');
    const it = bench({});
    await ask(it);
    expect(it.asked).toEqual(['udp://192.0.2.1:53']);
    expect(it.warnings).toEqual([expect.stringMatching(/udp:\/\/10\.9\.9\.9:53 is this server itself/)]);
  });
});

describe('that others are asked is told of', () => {
  const before = { upstream: ['udp://192.0.2.1:53'], zones: { 'corp.test': ['udp://192.0.2.2:53', 'udp://192.0.2.3:53'] } };
  const { zones } = before;
  test.each<[title: string, changes: Partial<ForwardingOptions>, rerouted: readonly string[]]>([
    ['no zone when nothing of that changes', { policy: 'random', upstreamBudget: 1000 }, []],
    ['no zone when the same are asked in another order', { zones: { 'corp.test': ['udp://192.0.2.3:53', 'udp://192.0.2.2:53'] } }, []],
    ['a zone that has other nameservers', { zones: { 'corp.test': ['udp://192.0.2.4:53'] } }, ['corp.test.']],
    ['a zone that has one more', { zones: { 'corp.test': [...zones['corp.test'], 'udp://192.0.2.4:53'] } }, ['corp.test.']],
    ['a new zone', { zones: { ...zones, 'eu.corp.test': ['udp://192.0.2.4:53'] } }, ['eu.corp.test.']],
    ['one that is no more', { zones: {} }, ['corp.test.']],
    ['all other names', { upstream: ['udp://192.0.2.9:53'] }, ['.']],
  ])('%s', (_, changes, rerouted) => {
    const it = bench(before);
    it.forwarding.replace({ ...it.options, ...changes });
    expect(it.calls.flat()).toEqual(rerouted);
  });

  test('once for all zones: each call visits the whole cache', () => {
    const it = bench(before);
    it.forwarding.replace({ ...it.options, zones: { 'a.test': ['udp://192.0.2.4:53'], 'b.test': ['udp://192.0.2.4:53'] } });
    expect(it.calls).toEqual([['corp.test.', 'a.test.', 'b.test.']]);
  });

  test('all other names, when resolv.conf changes', async () => {
    resolvConf('192.0.2.1');
    const it = bench({});
    resolvConf('192.0.2.2');
    await look(it, () => it.calls.length > 0);
    expect(it.calls).toEqual([['.']]);
  });
});

test('with --upstream resolv.conf is not needed', async () => {
  const it = bench({ upstream: ['udp://192.0.2.7:53'] });
  await ask(it);
  expect(it.asked).toEqual(['udp://192.0.2.7:53']);
  expect(it.warnings).toEqual([]);
});

test('authorities that cannot be had do not keep other upstreams from being asked, now or when the options change', async () => {
  const it = bench({ upstream: ['udp://192.0.2.7:53'], upstreamCa: join(folder, 'ca.pem') });
  await ask(it);
  it.forwarding.replace({ ...it.options, upstream: ['udp://192.0.2.8:53'] });
  await ask(it);
  expect(it.asked).toEqual(['udp://192.0.2.7:53', 'udp://192.0.2.8:53']);
  expect(it.warnings).toEqual([expect.stringContaining('ENOENT'), expect.stringContaining('ENOENT')]);
});

test('authorities that are renewed are trusted, and those of a broken file before it', async () => {
  const it = bench({ upstream: ['udp://192.0.2.7:53'], upstreamCa: join(folder, 'ca.pem') });
  const upstream = (): unknown => it.forwarding.route({ name: ROOT, type: Type.A }).upstreams[0];
  /** Writes the file and waits until the change has been seen. */
  const write = async (text: string, isSeen: () => boolean): Promise<unknown> => {
    writeFileSync(join(folder, 'ca.pem'), text);
    await look(it, isSeen);
    return upstream();
  };
  const untrusting = upstream();
  const first = await write('-----BEGIN CERTIFICATE----- 1', () => upstream() !== untrusting);
  expect(await write('broken', () => it.warnings.length === 2)).toBe(first);
  await write('-----BEGIN CERTIFICATE----- 2', () => upstream() !== first);
  expect(it.warnings).toEqual([expect.stringContaining('ENOENT'), expect.stringContaining('holds no certificate')]);
});

describe('an upstream that leads back to this server', () => {
  /** Hands each message to the handler, as a listener would. */
  const leadsBack = (clock: FakeClock, forwarding: () => Forwarding): Exchange => {
    let passes = 0;
    return async (message, signal) => {
      if (++passes > 100) return silent(message, signal);
      await clock.wait(1, signal);
      const client = { address: Uint8Array.of(127, 0, 0, 1), port: 1, transport: 'udp' } as const;
      const reader = new QueryReader(client);
      reader.read(message, message.length, client, clock.monotonic());
      const answer = (await forwarding().handler(reader.query))!;
      const response = new Uint8Array(1232);
      const form = { limit: 1232, payloadSize: 1232, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
      return response.subarray(0, writeResponse(reader.query, answer, response, form));
    };
  };

  test('is found at the start, said with the way out, not asked, and asked again once it is none', async () => {
    let loops = true;
    const it: Bench = bench({ upstream: ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'] }, (url, clock, forwarding) => {
      const back = leadsBack(clock, forwarding);
      const well = answersAfter(clock, 1, () => ({ rcode: 'NXDOMAIN' }));
      return url.includes('.1:') ? (message, signal) => (loops ? back : well)(message, signal) : undefined;
    });
    await it.clock.advance(10);
    expect(it.warnings).toEqual([
      expect.stringMatching(/udp:\/\/192\.0\.2\.1:53 leads back to this server.*--upstream.*dnsPolicy: Default/),
    ]);
    await ask(it);
    expect(it.asked).toEqual(['udp://192.0.2.2:53']);
    loops = false;
    await it.clock.advance(31_000);
    await ask(it);
    expect(it.asked).toEqual(['udp://192.0.2.2:53', 'udp://192.0.2.1:53']);
    expect(it.warnings).toHaveLength(1);
  });

  test('alone: SERVFAIL that says so, and no storm', async () => {
    const it: Bench = bench({ upstream: ['udp://192.0.2.1:53'] }, (_, clock, forwarding) => leadsBack(clock, forwarding));
    await it.clock.advance(10);
    expect(await ask(it)).toMatchObject({
      rcode: Rcode.SERVFAIL,
      extendedError: { text: expect.stringContaining('lead back to this server') as unknown },
    });
    expect(it.asked).toEqual([]);
  });

  test.each(['SERVFAIL', 'REFUSED', 'NXDOMAIN'] as const)(
    'is found soon after this server listens, whoever said %s before',
    async (rcode) => {
      let listens = false;
      const it: Bench = bench({ upstream: ['udp://192.0.2.1:53'] }, (_, clock, forwarding) => {
        const back = leadsBack(clock, forwarding);
        const well = answersAfter(clock, 1, () => ({ rcode }));
        return (message, signal) => (listens ? back : well)(message, signal);
      });
      await it.clock.advance(100);
      expect(it.warnings).toEqual([]);
      listens = true;
      await it.clock.advance(1000);
      expect(it.warnings).toHaveLength(1);
    },
  );

  test('one that begins to while running is found within half a minute', async () => {
    let loops = false;
    const it: Bench = bench({ upstream: ['udp://192.0.2.1:53'] }, (_, clock, forwarding) => {
      const back = leadsBack(clock, forwarding);
      const well = answersAfter(clock, 1, () => ({ rcode: 'NXDOMAIN' }));
      return (message, signal) => (loops ? back : well)(message, signal);
    });
    await ask(it);
    loops = true;
    await it.clock.advance(31_000);
    expect(it.warnings).toHaveLength(1);
  });
});
