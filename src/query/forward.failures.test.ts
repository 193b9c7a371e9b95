import { describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import type { FakeClock } from '../../test/fakes/clock.ts';
import { addressOf, answersAfter, failsAfter, silent } from '../../test/fakes/exchange.ts';
import { bench } from '../../test/fakes/forwarding.ts';
import type { Says } from '../../test/fakes/upstream.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { ROOT } from '../wire/name.ts';

const nxdomain = () => ({ rcode: 'NXDOMAIN' }) as const;
const servfail = () => ({ rcode: 'SERVFAIL' }) as const;

describe('when an upstream fails', () => {
  const causes = ['servfail', 'refused', 'lame', 'malformed', 'reset', 'unreachable', 'tls', 'cname-loop'] as const;
  test.each(causes)('%s: the next is asked at once', async (cause) => {
    const { ask, events } = bench((clock) => [failsAfter(clock, 1, cause), answersAfter(clock, 2)]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 3 });
    expect(events).toEqual([`0 ${cause}`, '1 hedged']);
  });

  test('silent and unknown: the next is asked after 300 ms, and the silent one is let go', async () => {
    const { ask, upstreams, clock } = bench((time) => [silent, answersAfter(time, 2)]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 302 });
    upstreams[0]!.use(answersAfter(clock, 2));
    // Until the liveness questions to it have ended.
    await clock.advance(6000);
    expect(upstreams.map(({ open }) => open)).toEqual([0, 0]);
  });

  test('silent after it was known to be quick: the next is asked after 20 ms', async () => {
    const { ask, upstreams, events } = bench((clock) => [answersAfter(clock, 1), answersAfter(clock, 2)]);
    for (let i = 0; i < 20; i++) await ask();
    upstreams[0]!.use(silent);
    expect((await ask()).ms).toBe(22);
    expect(events).toEqual(['1 hedged', '0 timeout']);
  });

  test('slow: whoever answers first wins', async () => {
    const { ask, upstreams, clock } = bench((clock) => [answersAfter(clock, 1), answersAfter(clock, 50, nxdomain)]);
    for (let i = 0; i < 20; i++) await ask();
    upstreams[0]!.use(answersAfter(clock, 40));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 40 });
    expect(upstreams.map(({ open }) => open)).toEqual([0, 0]);
  });

  test('a lost datagram of the only upstream is sent again', async () => {
    const { ask, upstreams, clock } = bench((clock) => [answersAfter(clock, 1)], { upstream: ['udp://192.0.2.1:53'] });
    await ask();
    upstreams[0]!.use((message, signal) => {
      upstreams[0]!.use(answersAfter(clock, 1));
      return silent(message, signal);
    });
    expect((await ask()).ms).toBe(601);
  });

  test.each(['unreachable', 'reset'] as const)(
    '%s for a moment: the only upstream is asked again, as it may be starting again',
    async (cause) => {
      const { ask, upstreams, clock, events } = bench((time) => [answersAfter(time, 1)], { upstream: ['udp://192.0.2.1:53'] });
      await ask();
      upstreams[0]!.use(failsAfter(clock, 1, cause));
      void clock.wait(500, new AbortController().signal).then(() => upstreams[0]!.use(answersAfter(clock, 1)));
      // Asked at 0, 101, 302 and 703 ms.
      expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 704 });
      expect(events.filter((event) => event !== '0 hedged')).toEqual([`0 ${cause}`, `0 ${cause}`, `0 ${cause}`]);
    },
  );

  test('unreachable for longer: a client is told after a second and a half, and those that ask later at once', async () => {
    const { ask, upstreams, clock, states } = bench((time) => [answersAfter(time, 1)], { upstream: ['udp://192.0.2.1:53'] });
    await ask();
    upstreams[0]!.use(failsAfter(clock, 1, 'unreachable'));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL }, ms: 1505 });
    expect(states).toEqual(['0 down']);
    await clock.advance(1000);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL }, ms: 1 });
  });

  test('FORMERR is asked again without EDNS', async () => {
    const sizes: number[] = [];
    const old =
      (clock: FakeClock): Exchange =>
      (message, signal) => {
        sizes.push(message.length);
        return (message[11] === 1 ? failsAfter(clock, 1, 'formerr') : answersAfter(clock, 1))(message, signal);
      };
    const { ask } = bench((clock) => [old(clock)], { upstream: ['udp://192.0.2.1:53'] });
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 2 });
    expect(sizes).toEqual([sizes[1]! + 11, sizes[1]]);
  });
});

describe('NODATA without SOA, as dnsmasq gives for its own names', () => {
  const bare: Says = (_, type) => (type === 'A' ? addressOf('192.0.2.1') : { rcode: 'NOERROR' });

  test('is an answer: no other upstream is waited for', async () => {
    const { ask } = bench((clock) => [answersAfter(clock, 1, bare), silent]);
    expect(await ask('www.example.test', 'AAAA')).toMatchObject({ answer: { rcode: Rcode.NOERROR, answers: 0, authorities: 0 }, ms: 1 });
  });

  test('is no error of the upstream, where the other one gives an SOA', async () => {
    const { ask, states } = bench((clock) => [answersAfter(clock, 1, bare), answersAfter(clock, 30)]);
    for (let i = 0; i < 60; i++) for (const type of ['A', 'AAAA']) expect((await ask('www.example.test', type)).ms).toBe(1);
    expect(states).toEqual([]);
  });
});

const cut =
  (clock: FakeClock): Exchange =>
  async (message, signal) => {
    const reply = await answersAfter(clock, 1)(message, signal);
    reply[2]! |= 0x02;
    return reply;
  };

test('a part of an answer is given when the others do not have all of it within half a second', async () => {
  const { ask } = bench((clock) => [cut(clock), silent]);
  expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR, answers: 1, truncated: true }, ms: 501 });
});

test('to give only a part, where another has all of it, is no error of an upstream: TCP to it may be blocked', async () => {
  const { ask, states } = bench((clock) => [cut(clock), answersAfter(clock, 2)]);
  for (let i = 0; i < 20; i++) expect((await ask()).answer.truncated).not.toBe(true);
  expect(states).toEqual([]);
});

test('one that is named twice is one', () => {
  const { forwarding } = bench((clock) => [answersAfter(clock, 1)], { upstream: Array<string>(2).fill('udp://192.0.2.1:53') });
  expect(forwarding.route({ name: ROOT, type: Type.A }).upstreams).toHaveLength(1);
});

test.each([1, 2])('of %i silent upstreams each gets a question three times (RFC 9520 section 3.1)', async (count) => {
  const upstream = ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'].slice(0, count);
  const counts = [0, 0];
  const counted =
    (at: number): Exchange =>
    (message, signal) => {
      if (Buffer.from(message).includes('www')) counts[at]!++;
      return silent(message, signal);
    };
  const { ask } = bench(() => [counted(0), counted(1)], { upstream, upstreamBudget: 9000 });
  await ask();
  expect(counts.slice(0, count)).toEqual(Array.from({ length: count }, () => 3));
});

test('an upstream that is silent about EDNS is asked without', async () => {
  const deaf =
    (clock: FakeClock): Exchange =>
    (message, signal) =>
      (message[11] === 1 ? silent : answersAfter(clock, 1))(message, signal);
  const { ask, states } = bench((clock) => [deaf(clock)], { upstream: ['udp://192.0.2.1:53'] });
  // Answered when the question is sent for the third time.
  expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 1801 });
  expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 1 });
  expect(states).toEqual([]);
});

test('one that has answered with EDNS is asked with it on, though no reply to that comes for a while; AD asks for AD (RFC 6840 section 5.7)', async () => {
  const { ask, upstreams, clock } = bench((time) => [answersAfter(time, 1)], { upstream: ['udp://192.0.2.1:53'] });
  const sent: Uint8Array[] = [];
  const noted: Exchange = (message, signal) => {
    sent.push(message);
    return answersAfter(clock, 1)(message, signal);
  };
  await ask();
  upstreams[0]!.use((message, signal) => (message[11] === 1 ? silent : answersAfter(clock, 1))(message, signal));
  expect((await ask()).answer.rcode).toBe(Rcode.SERVFAIL);
  await clock.advance(10_000);
  upstreams[0]!.use(noted);
  await ask();
  expect(sent.map((message) => [message[11], message[3]! & 0x20])).toEqual([[1, 0x20]]);
});

test('that no socket of ours is left is no fault of an upstream', async () => {
  const { ask, states } = bench((clock) => [failsAfter(clock, 1, 'exhausted')], { upstream: ['udp://192.0.2.1:53'] });
  for (let i = 0; i < 10; i++) expect((await ask()).answer.rcode).toBe(Rcode.SERVFAIL);
  expect(states).toEqual([]);
});

describe('when all upstreams fail', () => {
  const cases: readonly [title: string, make: (clock: FakeClock) => Exchange, code: number, ms: number][] = [
    ['silent', () => silent, ExtendedError.NO_REACHABLE_AUTHORITY, 5000],
    ['nobody there', (clock) => failsAfter(clock, 1, 'unreachable'), ExtendedError.NO_REACHABLE_AUTHORITY, 2],
    ['SERVFAIL', (clock) => answersAfter(clock, 1, servfail), ExtendedError.NETWORK_ERROR, 2],
    ['broken connections', (clock) => failsAfter(clock, 1, 'reset'), ExtendedError.NETWORK_ERROR, 2],
    ['CNAME loops', (clock) => failsAfter(clock, 1, 'cname-loop'), ExtendedError.INVALID_DATA, 2],
  ];
  test.each(cases)('%s: SERVFAIL says why', async (_, make, code, ms) => {
    const { ask, upstreams, clock } = bench((time) => [make(time), make(time)]);
    const result = await ask();
    for (const upstream of upstreams) upstream.use(answersAfter(clock, 1));
    // Until the probes have ended.
    await clock.advance(6000);
    expect(result).toMatchObject({ answer: { rcode: Rcode.SERVFAIL, extendedError: { code } }, ms });
    expect(result.answer.extendedError!.text).toMatch(/udp:\/\/192\.0\.2\.1:53: .+; udp:\/\/192\.0\.2\.2:53: .+/);
    expect(upstreams.map(({ open }) => open)).toEqual([0, 0]);
  });

  test('once they are known to be down a client waits a second', async () => {
    const { ask, states } = bench(() => [silent, silent]);
    await ask();
    await ask();
    expect(states).toEqual(['0 down', '1 down']);
    expect((await ask()).ms).toBe(1000);
  });

  test('a slow one is not taken for one that is gone', async () => {
    const nobody = () => ({ rcode: 'NXDOMAIN' }) as const;
    const { forwarding, upstreams, clock } = bench((time) => [answersAfter(time, 10, nobody)], { upstream: ['udp://192.0.2.1:53'] });
    const rcodes: number[] = [];
    const askFor = async (seconds: number): Promise<void> => {
      for (let n = 0; n < seconds * 20; n++) {
        void Promise.resolve(forwarding.handler(asked(`n${n}.test`))).then((outcome) => rcodes.push(outcome!.rcode));
        await clock.advance(50);
      }
    };
    await askFor(1);
    upstreams[0]!.use(answersAfter(clock, 1500, nobody));
    await askFor(10);
    await clock.advance(5000);
    expect(rcodes).toHaveLength(220);
    // Questions fail only until its first late reply.
    expect(rcodes.filter((rcode) => rcode !== Rcode.NXDOMAIN).length).toBeLessThan(20);
  });

  test.each([1, 2])('names that nobody answers are not the fault of %i upstreams that answer others, however slowly', async (count) => {
    const nobody = () => ({ rcode: 'NXDOMAIN' }) as const;
    const resolver =
      (clock: FakeClock): Exchange =>
      (message, signal) => {
        const text = Buffer.from(message).toString('latin1');
        return answersAfter(clock, text.includes('dead') ? 6000 : text.includes('slow') ? 1500 : 10, nobody)(message, signal);
      };
    const urls = ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'].slice(0, count);
    const { forwarding, clock, states } = bench((time) => [resolver(time), resolver(time)], { upstream: urls });
    const slow: number[] = [];
    for (let n = 0; n < 30; n++) {
      for (const dead of [`a${n}.dead.test`, `b${n}.dead.test`]) void forwarding.handler(asked(dead));
      await clock.advance(1700);
      void Promise.resolve(forwarding.handler(asked(`s${n}.slow.test`))).then((outcome) => slow.push(outcome!.rcode));
      await clock.advance(3300);
    }
    expect(slow).toEqual(Array(30).fill(Rcode.NXDOMAIN));
    expect(states).toEqual([]);
  });

  test('a single one that takes seconds for everything is waited for', async () => {
    const { forwarding, clock } = bench((time) => [answersAfter(time, 2500, () => ({ rcode: 'NXDOMAIN' }))], {
      upstream: ['udp://192.0.2.1:53'],
    });
    const rcodes: number[] = [];
    for (let n = 0; n < 60; n++) {
      void Promise.resolve(forwarding.handler(asked(`n${n}.test`))).then((outcome) => rcodes.push(outcome!.rcode));
      await clock.advance(n % 6 === 5 ? 5000 : 100);
    }
    await clock.advance(5000);
    expect(rcodes).toEqual(Array(60).fill(Rcode.NXDOMAIN));
  });

  test('none to ask: SERVFAIL at once', async () => {
    const { ask } = bench(() => [], { upstream: [] });
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL, extendedError: { code: ExtendedError.NO_REACHABLE_AUTHORITY } } });
  });
});
