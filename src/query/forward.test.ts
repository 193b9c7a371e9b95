import { describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { addressOf, answersAfter, failsAfter, silent } from '../../test/fakes/exchange.ts';
import { bench, options } from '../../test/fakes/forwarding.ts';
import type { Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode } from '../wire/iana.ts';
import type { ForwardingOptions } from './make-forward.ts';

const nxdomain = () => ({ rcode: 'NXDOMAIN' }) as const;

describe('who is asked', () => {
  test('the first; its answer is given as it is', async () => {
    const { ask, upstreams } = bench((clock) => [answersAfter(clock, 2), answersAfter(clock, 2)]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR, answers: 1, authoritative: false }, ms: 2 });
    expect(upstreams.map(({ asked }) => asked)).toEqual([1, 0]);
  });

  test('NXDOMAIN is an answer', async () => {
    const { ask, upstreams } = bench((clock) => [answersAfter(clock, 2, nxdomain), answersAfter(clock, 2)]);
    expect((await ask()).answer.rcode).toBe(Rcode.NXDOMAIN);
    expect(upstreams[1]!.asked).toBe(0);
  });

  test('the longest zone wins', async () => {
    const zones = { 'corp.test': ['udp://192.0.2.2:53'], 'eu.corp.test': ['udp://192.0.2.3:53'] };
    const { ask, upstreams } = bench((clock) => [1, 2, 3].map((ms) => answersAfter(clock, ms, nxdomain)), {
      upstream: ['udp://192.0.2.1:53'],
      zones,
    });
    for (const name of ['corp.test', 'a.corp.test', 'eu.corp.test', 'a.b.eu.corp.test', 'test', 'xcorp.test']) await ask(name);
    expect(upstreams.map(({ asked }) => asked)).toEqual([2, 2, 2]);
  });

  test("DS records are on the parent's side of the cut, so the zone above is asked (RFC 4035 section 3.1.4.1)", async () => {
    const zones = { 'corp.test': ['udp://192.0.2.2:53'], 'eu.corp.test': ['udp://192.0.2.3:53'] };
    const { ask, upstreams } = bench((clock) => [1, 2, 3].map((ms) => answersAfter(clock, ms, nxdomain)), {
      upstream: ['udp://192.0.2.1:53'],
      zones,
    });
    for (const name of ['corp.test', 'eu.corp.test', 'x.eu.corp.test']) await ask(name, 'DS');
    expect(upstreams.map(({ asked }) => asked)).toEqual([1, 1, 1]);
  });

  test('the root as a zone takes the place of --upstream', async () => {
    const { ask, upstreams } = bench((clock) => [1, 2].map((ms) => answersAfter(clock, ms)), {
      upstream: ['udp://192.0.2.1:53'],
      zones: { '.': ['udp://192.0.2.2:53'] },
    });
    await ask();
    expect(upstreams.map(({ asked }) => asked)).toEqual([0, 1]);
  });

  const policies: readonly [policy: ForwardingOptions['policy'], counts: readonly number[]][] = [
    ['sequential', [12, 0, 0]],
    ['round-robin', [4, 4, 4]],
    // random is 0 here: always the first.
    ['random', [12, 0, 0]],
    // Each once while it is unknown; then the one that takes 2 ms.
    ['fastest', [1, 10, 1]],
  ];
  test.each(policies)('%s', async (policy, counts) => {
    const upstream = [1, 2, 3].map((n) => `udp://192.0.2.${n}:53`);
    const { ask, upstreams } = bench((clock) => [8, 2, 5].map((ms) => answersAfter(clock, ms)), { policy, upstream });
    for (let i = 0; i < 12; i++) await ask();
    expect(upstreams.map(({ asked }) => asked)).toEqual(counts);
  });

  test('round-robin goes round in each zone by itself', async () => {
    const { ask, upstreams } = bench((clock) => [1, 2, 3, 4].map((ms) => answersAfter(clock, ms, nxdomain)), {
      policy: 'round-robin',
      upstream: ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'],
      zones: { 'corp.test': ['udp://192.0.2.3:53', 'udp://192.0.2.4:53'] },
    });
    for (let i = 0; i < 12; i++) await ask(i % 2 === 0 ? 'www.example.test' : 'a.corp.test');
    expect(upstreams.map(({ asked }) => asked)).toEqual([3, 3, 3, 3]);
  });

  test('round-robin asks the ones before its turn too when those behind fail', async () => {
    const upstream = [1, 2, 3].map((n) => `udp://192.0.2.${n}:53`);
    const { ask, events, upstreams } = bench((clock) => [1, 2, 3].map((ms) => failsAfter(clock, ms, 'servfail')), {
      policy: 'round-robin',
      upstream,
    });
    for (let i = 0; i < 3; i++) await ask();
    expect(upstreams.map(({ asked }) => asked)).toEqual([3, 3, 3]);
    expect(
      events
        .filter((event) => event.endsWith('servfail'))
        .map((event) => event.charAt(0))
        .join(''),
    ).toBe('012120201');
  });

  test('fastest tries the slower ones again in time, each with one question', async () => {
    const { ask, upstreams, clock } = bench((clock) => [answersAfter(clock, 8), answersAfter(clock, 2)], { policy: 'fastest' });
    for (let i = 0; i < 30; i++) {
      await ask();
      await clock.advance(1000);
    }
    expect(upstreams[0]!.asked).toBe(2);
  });
});

describe('what is not forwarded', () => {
  test('a query without RD, of another class, for a transfer, of a type that no cache keeps', () => {
    const { forwarding } = bench((clock) => [answersAfter(clock, 1)]);
    const query = asked('www.example.test', 'A');
    const cases = [
      { ...query, recursionDesired: false },
      { ...query, class: 3 },
      asked('www.example.test', 'AXFR'),
      asked('www.example.test', 'OPT'),
      ...['TYPE0', 'TYPE128', 'TYPE200'].map((type) => asked('www.example.test', type)),
    ];
    const codes = cases.map((each) => {
      const answer = forwarding.handler(each) as Answer;
      return [answer.rcode, answer.extendedError?.code];
    });
    expect(codes).toEqual([ExtendedError.NOT_AUTHORITATIVE, 21, 21, 21, 21, 21, 21].map((code) => [Rcode.REFUSED, code]));
  });

  test('ANY is, as types of records are', () => {
    const { forwarding } = bench((clock) => [answersAfter(clock, 1)]);
    expect(forwarding.handler(asked('www.example.test', 'ANY'))).toBeInstanceOf(Promise);
  });

  test('more than max-concurrent', async () => {
    const { forwarding, events, upstreams, clock } = bench(() => [silent, silent], { maxConcurrent: 3 });
    const outcomes = [1, 2, 3, 4].map((n) => forwarding.handler(asked(`n${n}.test`)));
    expect(outcomes.map((outcome) => outcome instanceof Promise)).toEqual([true, true, true, false]);
    expect(outcomes[3]).toMatchObject({
      rcode: Rcode.REFUSED,
      extendedError: { text: expect.stringContaining('max-concurrent') as unknown },
    });
    expect(events).toEqual(['rejected']);
    // Until the probes have ended too, except those of the last five seconds.
    await clock.advance(15_000);
    expect(upstreams.map(({ open }) => open)).toEqual([3, 3]);
    expect(forwarding.handler(asked('n5.test'))).toBeInstanceOf(Promise);
  });
});

test.for([
  { zones: ['one.test'], waiting: 80 },
  { zones: ['one.test', 'other.test'], waiting: 89 },
])('silent upstreams of $zones leave room for the questions of other zones', async ({ zones, waiting }) => {
  const { ask, forwarding, events, clock } = bench((time) => [answersAfter(time, 1, nxdomain), silent], {
    upstream: ['udp://192.0.2.1:53'],
    zones: Object.fromEntries(zones.map((zone) => [zone, ['udp://192.0.2.2:53']])),
    maxConcurrent: 100,
  });
  const outcomes = Array.from({ length: 400 }, (_, n) => forwarding.handler(asked(`n${n}.${zones[n % zones.length]}`)));
  expect(outcomes.filter((outcome) => outcome instanceof Promise)).toHaveLength(waiting);
  expect(outcomes.at(-1)).toMatchObject({ rcode: Rcode.REFUSED });
  expect(events.filter((event) => event === 'rejected')).toHaveLength(400 - waiting);
  expect((await ask('www.example.test')).answer.rcode).toBe(Rcode.NXDOMAIN);
  await clock.advance(5000);
  expect(forwarding.handler(asked(`again.${zones[0]}`))).toBeInstanceOf(Promise);
});

describe('replace', () => {
  test('other upstreams and limits count from the next question on', async () => {
    const { ask, forwarding, upstreams } = bench((clock) => [answersAfter(clock, 1), answersAfter(clock, 1, () => addressOf('192.0.2.2'))]);
    await ask();
    forwarding.replace({ ...options, upstream: ['udp://192.0.2.2:53'] });
    await ask();
    expect(upstreams.map(({ asked }) => asked)).toEqual([1, 1]);
  });
});
