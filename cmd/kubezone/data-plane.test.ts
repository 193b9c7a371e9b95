/** A serving thread's data plane when options, zones or lists are replaced while it runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { denial, name, www } from '../../test/fakes/cached.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { until } from '../../test/fakes/until.ts';
import { nothingChanges } from '../../test/fakes/update.ts';
import { systemClock } from '../../src/clock.ts';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { Action } from '../../src/query/filter/action.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import { Hit } from '../../src/query/cache/options.ts';
import { PolicyBuilder } from '../../src/query/filter/policy-builder.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import { noUpstreamObserver } from '../../src/upstream/observer.ts';
import { UNTIL_CHANGE } from '../../src/query/lasting.ts';
import { Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode } from '../../src/wire/iana.ts';
import type { Query } from '../../src/wire/query.ts';
import { DataPlane } from './data-plane.ts';

const stopping = new AbortController();
afterAll(() => stopping.abort());

function optionsOf(...argv: readonly string[]): Options {
  const loaded = load(['--upstream=127.0.0.1:9', '--client-rate=1', '--client-burst=2', ...argv], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  return loaded.options;
}

test.each<[string, (plane: DataPlane) => void]>([
  ['other options', (plane) => plane.reload(optionsOf('--ttl=7'), false)],
  [
    'other options, and the zones they make',
    (plane) => {
      plane.reload(optionsOf('--ttl=7'), true);
      plane.rebuild(nothingChanges);
      plane.useRebuilt();
    },
  ],
  ['other lists', (plane) => plane.useLists(new PolicyBuilder().finish())],
])('a client over its rate is so after %s too', (_, change) => {
  const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf(), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  plane.apply(nothingChanges);
  const rcode = (): number => (plane.handler(asked('none.default.svc.cluster.local')) as Answer).rcode;
  expect([rcode(), rcode(), rcode()]).toEqual([Rcode.NXDOMAIN, Rcode.NXDOMAIN, Rcode.REFUSED]);
  change(plane);
  expect(rcode()).toBe(Rcode.REFUSED);
});

test('what changes while the zones are made anew is in both', () => {
  const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf('--client-rate=0'), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  const rcode = (name: string): number => (plane.handler(asked(`${name}.svc.cluster.local`)) as Answer).rcode;
  plane.apply({ ...nothingChanges, namespaces: { added: ['a'], removed: [] } });
  plane.reload(optionsOf('--client-rate=0', '--ttl=7'), true);
  plane.rebuild({ ...nothingChanges, namespaces: { added: ['a'], removed: [] } });
  plane.apply({ ...nothingChanges, namespaces: { added: ['b'], removed: ['a'] } });
  expect([rcode('a'), rcode('b')]).toEqual([Rcode.NXDOMAIN, Rcode.NOERROR]);
  plane.useRebuilt();
  expect([rcode('a'), rcode('b')]).toEqual([Rcode.NXDOMAIN, Rcode.NOERROR]);
  plane.apply({ ...nothingChanges, namespaces: { added: ['a'], removed: ['b'] } });
  expect([rcode('a'), rcode('b')]).toEqual([Rcode.NOERROR, Rcode.NXDOMAIN]);
});

test.each<[option: string, name: string, type: string, rcode: number]>([
  ['--any=refuse', 'cluster.local', 'ANY', Rcode.REFUSED],
  ['--any=refuse', 'www.example.test', 'ANY', Rcode.REFUSED],
  ['--any=hinfo', 'www.example.test', 'ANY', Rcode.NOERROR],
  ['--chaos', 'cluster.local', 'AXFR', Rcode.REFUSED],
])('with %s, %s %s is %i', (option, name, type, rcode) => {
  const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf('--client-rate=0', option), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  plane.apply(nothingChanges);
  expect(plane.handler(asked(name, type))).toMatchObject({ rcode });
});

test('names of a zone that other nameservers are asked for are asked again, the rest is kept', async () => {
  const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf(), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  const answer = plane.cache.stage(() => Promise.resolve(denial(Rcode.NXDOMAIN, 60)));
  const held = (): number[] => [www, name('www.other.test')].map((one) => plane.cache.inspect(one).length);
  for (const one of ['www.example.test', 'www.other.test']) await answer(asked(one));
  plane.reload(optionsOf('--ttl=7'), true);
  expect(held()).toEqual([1, 1]);
  plane.reload(optionsOf('--zones=example.test=127.0.0.1:9'), false);
  expect(held()).toEqual([0, 1]);
});

test('a reload keeps the lists, and its options are those of the policies and of the cache, of which each thread has its part', async () => {
  const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf('--client-rate=0'), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  const list = new PolicyBuilder();
  list.beginList('blocked', false);
  list.addName(www, false, Action.nxdomain);
  const rcodes = (): Promise<unknown[]> =>
    Promise.all(
      ['10.1.2.3', '192.0.2.1'].map(async (from) => ((await plane.handler(asked('www.example.test', 'A', { from }))) as Answer).rcode),
    );
  plane.apply(nothingChanges);
  plane.useLists(list.finish());
  expect(await rcodes()).toEqual([Rcode.NXDOMAIN, Rcode.REFUSED]);
  plane.reload(optionsOf('--client-rate=0', '--forward-allow=192.0.2.0/24', '--cache-size=16MiB', '--threads=2'), false);
  expect(await rcodes()).toEqual([Rcode.REFUSED, Rcode.NXDOMAIN]);
  expect(plane.cache.statistics().limit).toBe(8 << 20);
});

test('hosts files are read again when others are named, not at every reload: one may be large', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-data-plane-'));
  const [first, second] = ['first', 'second'].map((file) => join(folder, file)) as [string, string];
  writeFileSync(first, '192.0.2.1 a.test\nnonsense');
  writeFileSync(second, '192.0.2.2 a.test b.test\nnonsense');
  const telemetry = fakeTelemetry();
  const parts = { ...telemetry, upstreamObserver: noUpstreamObserver, signal: stopping.signal };
  const plane = new DataPlane(optionsOf(`--hosts=${first}`), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
  const has = (name: string): boolean => plane.hostsHave(asked(name));
  plane.apply(nothingChanges);
  plane.reload(optionsOf(`--hosts=${first}`, '--ttl=7'), true);
  plane.rebuild(nothingChanges);
  plane.useRebuilt();
  plane.useLists(new PolicyBuilder().finish());
  expect([has('a.test'), has('b.test')]).toEqual([true, false]);
  plane.reload(optionsOf(`--hosts=${second}`), false);
  expect(has('a.test')).toBe(true);
  await until(() => has('b.test'));
  plane.reload(optionsOf(), false);
  expect([has('a.test'), has('b.test')]).toEqual([false, false]);
  const warnings = telemetry.said.filter((line) => line.includes('nonsense'));
  expect(warnings.map((line) => line.includes(first))).toEqual([true, false]);
  rmSync(folder, { recursive: true });
});

describe('an answer lasts until a change', () => {
  const planeOf = (changed: () => void, ...argv: readonly string[]): DataPlane => {
    const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal, changed };
    const plane = new DataPlane(optionsOf('--client-rate=0', ...argv), {
      ...parts,
      cookieSecrets: [new Uint8Array(16)],
      loopToken: 'token',
    });
    plane.apply({ ...nothingChanges, namespaces: { added: ['a'], removed: [] } });
    return plane;
  };
  const lasts = (plane: DataPlane, ...question: Parameters<typeof asked>): boolean => {
    const query = asked(...question);
    const answer = plane.handler(query);
    return answer !== undefined && !(answer instanceof Promise) && plane.lasting(query, answer, 0) === UNTIL_CHANGE;
  };
  const ours: readonly Parameters<typeof asked>[] = [['a.svc.cluster.local'], ['none.a.svc.cluster.local'], ['cluster.local', 'SOA']];

  test.each<{ of: string; question?: Parameters<typeof asked>; argv?: readonly string[]; lasting: boolean }>([
    ...ours.map((question) => ({ of: `for ${question[0]}`, question, lasting: true })),
    { of: 'for a name outside', question: ['www.example.test'], lasting: false },
    { of: 'for a reverse name that others may know', question: ['1.2.0.10.in-addr.arpa', 'PTR'], lasting: false },
    { of: "about the server's version", question: ['version.bind', 'TXT'], lasting: false },
    { of: 'with a client rate', argv: ['--client-rate=1000'], lasting: false },
    { of: 'with a rate limit', argv: ['--rate-limit=100'], lasting: false },
    { of: 'with an access rule', argv: ['--acl=refuse from 192.0.2.0/24'], lasting: false },
    {
      of: 'with namespace views',
      question: ['cluster.local', 'SOA'],
      argv: ['--pods=verified', '--namespace-views=a sees a'],
      lasting: false,
    },
    { of: 'with autopath', argv: ['--pods=verified', '--autopath'], lasting: false },
    { of: 'with a check of names outside', argv: ['--rebind-protection'], lasting: true },
  ])('$of: $lasting', ({ question = ours[0]!, argv = [], lasting }) => {
    expect(
      lasts(
        planeOf(() => undefined, ...argv),
        ...question,
      ),
    ).toBe(lasting);
  });

  test.each<{ of: string; argv?: readonly string[]; type?: string; lists?: PolicyData; lasting: boolean }>([
    { of: 'by default', lasting: true },
    { of: 'with a check of names outside', argv: ['--rebind-protection'], lasting: true },
    { of: 'with an access rule', argv: ['--acl=refuse from 192.0.2.0/24'], lasting: false },
    { of: 'A where AAAA are filtered', argv: ['--filter-aaaa=on'], lasting: true },
    { of: 'AAAA where these are filtered', argv: ['--filter-aaaa=on'], type: 'AAAA', lasting: false },
    { of: 'with a list', lists: new PolicyBuilder().finish(), lasting: false },
  ])('from the cache, $of: $lasting, and is repeated only to those who may ask', async ({ argv = [], type = 'A', lists, lasting }) => {
    const plane = planeOf(() => undefined, ...argv);
    if (lists !== undefined) plane.useLists(lists);
    // A failure is cached too.
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await plane.handler(asked('www.example.test', type, { at: systemClock.monotonic() })));
    const query = asked('www.example.test', type, { at: systemClock.monotonic() });
    expect(answers.at(-1)).toMatchObject({ rcode: Rcode.SERVFAIL, source: Source.cache });
    const found = plane.lasting(query, answers.at(-1)!, 0);
    expect(found !== undefined).toBe(lasting);
    if (found === undefined) return;
    expect(found.until - query.receivedAt).toBeGreaterThan(0);
    expect(found.until - query.receivedAt).toBeLessThanOrEqual(1000);
    expect(plane.repeats(query, found.hit)).toBe(true);
    expect(plane.repeats(asked('www.example.test', 'A', { from: '192.0.2.1' }), found.hit)).toBe(false);
  });

  test('of our zones, and then still if it is theirs, or from the cache and for a name that none of them contains', async () => {
    let changes = 0;
    const parts = { ...fakeTelemetry(), upstreamObserver: noUpstreamObserver, signal: stopping.signal, zonesChanged: () => changes++ };
    const plane = new DataPlane(optionsOf('--client-rate=0'), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
    plane.apply({ ...nothingChanges, namespaces: { added: ['a', 'b'], removed: [] } });
    const outside = ['www.example.test', '1.2.0.10.in-addr.arpa'].map((one) => asked(one));
    const inside = ['a.svc.cluster.local', 'none.a.svc.cluster.local'].map((one) => asked(one));
    inside.push(asked('dns-version.cluster.local', 'TXT'));
    const before = new Map<Query, Answer>();
    // The second answer for a name outside is from the cache: a failure is kept too.
    for (const query of [...inside, ...outside, ...outside]) before.set(query, (await plane.handler(query))!);
    const still = (): boolean[] => [...before].map(([query, answer]) => plane.stillLasts(query, answer));
    expect([still(), changes]).toEqual([[true, true, true, true, false], 1]);
    plane.apply({ ...nothingChanges, namespaces: { added: [], removed: ['a'] } });
    expect([still(), changes]).toEqual([[false, false, true, true, false], 2]);
  });

  test('other contents of a hosts file are one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubezone-data-plane-'));
    const path = join(folder, 'hosts');
    writeFileSync(path, '192.0.2.1 a.test');
    let changes = 0;
    const plane = planeOf(() => changes++, `--hosts=${path}`);
    expect(plane.hostsHave(asked('b.test'))).toBe(false);
    const before = changes;
    writeFileSync(path, '192.0.2.1 a.test b.test');
    await until(() => plane.hostsHave(asked('b.test')));
    expect(changes).toBeGreaterThan(before);
    rmSync(folder, { recursive: true });
  });

  test('who may have a repeated answer follows the options, and each counts as a hit', () => {
    const telemetry = fakeTelemetry();
    const parts = { ...telemetry, upstreamObserver: noUpstreamObserver, signal: stopping.signal };
    const plane = new DataPlane(optionsOf(), { ...parts, cookieSecrets: [new Uint8Array(16)], loopToken: 'token' });
    const from = (address: string): Query => asked('www.example.test', 'A', { from: address });
    const hits = (): number => telemetry.counters[cellOf('cacheHits', Hit.negative)]!;
    expect([plane.repeats(from('10.0.0.1'), Hit.negative), plane.repeats(from('192.0.2.1'), Hit.negative), hits()]).toEqual([
      true,
      false,
      1,
    ]);
    plane.reload(optionsOf('--forward-allow=192.0.2.0/24'), false);
    expect([plane.repeats(from('10.0.0.1'), Hit.negative), plane.repeats(from('192.0.2.1'), Hit.negative), hits()]).toEqual([
      false,
      true,
      2,
    ]);
  });

  test.each<[what: string, change: (plane: DataPlane) => void, prepare?: (plane: DataPlane) => void]>([
    ['other options', (plane) => plane.reload(optionsOf('--client-rate=0', '--acl=refuse from 192.0.2.0/24'), false)],
    [
      'other zones',
      (plane) => {
        plane.rebuild(nothingChanges);
        plane.useRebuilt();
      },
      (plane) => plane.reload(optionsOf('--client-rate=0', '--ttl=7'), true),
    ],
    ['other lists', (plane) => plane.useLists(new PolicyBuilder().finish())],
    ['other hosts files', (plane) => plane.reload(optionsOf('--client-rate=0', '--hosts=/dev/null'), false)],
    ['a flush', (plane) => void plane.cache.flush({ name: www })],
  ])('%s is one', (_, change, prepare = () => undefined) => {
    let changes = 0;
    const plane = planeOf(() => changes++);
    prepare(plane);
    const before = changes;
    change(plane);
    expect(changes).toBeGreaterThan(before);
  });
});
