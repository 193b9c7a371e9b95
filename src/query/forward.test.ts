import { describe, expect, test } from 'vitest';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { asked } from '../../test/fakes/asked.ts';
import { addressOf, answersAfter, failsAfter, silent, switchable, type Switch } from '../../test/fakes/exchange.ts';
import { flaws, type Exchange } from '../upstream/exchange.ts';
import type { State, UpstreamObserver } from '../upstream/observer.ts';
import { noUpstreamObserver } from '../upstream/observer.ts';
import type { Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode } from '../wire/iana.ts';
import { makeForward, type Forwarding, type ForwardingOptions } from './make-forward.ts';

const options: ForwardingOptions = {
  upstream: ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'],
  zones: {},
  resolvConf: '/nonexistent/resolv.conf',
  policy: 'sequential',
  upstreamBudget: 5000,
  maxConcurrent: 1000,
  caseRandomization: false,
};

interface Bench {
  readonly clock: FakeClock;
  readonly forwarding: Forwarding;
  readonly upstreams: readonly Switch[];
  readonly states: string[];
  readonly events: string[];
  /** Asks, and moves the clock until there is an answer: the answer and the wait in ms. */
  ask(name?: string, type?: string): Promise<{ answer: Answer; ms: number }>;
}

/** The upstreams in the order of their addresses; loop probes are answered NXDOMAIN and not counted. */
function bench(make: (clock: FakeClock) => readonly Exchange[], changes: Partial<ForwardingOptions> = {}): Bench {
  const clock = fakeClock();
  const upstreams = make(clock).map(switchable);
  const states: string[] = [];
  const events: string[] = [];
  const noLoop = answersAfter(clock, 0, () => ({ rcode: 'NXDOMAIN' }));
  const observer: UpstreamObserver = {
    ...noUpstreamObserver,
    failed: (upstream, cause) => events.push(`${upstream} ${cause}`),
    hedged: (upstream) => events.push(`${upstream} hedged`),
    rejected: () => events.push('rejected'),
    changed: (upstream, state: State) => states.push(`${upstream} ${state}`),
  };
  const exchange = (url: string): Exchange => {
    const upstream = upstreams[Number(/192\.0\.2\.(\d+)/.exec(url)![1]) - 1]!;
    return (message, signal) => (isLoopProbe(message) ? noLoop : upstream.exchange)(message, signal);
  };
  const signal = new AbortController().signal;
  const forwarding = makeForward({ ...options, ...changes }, { clock, random: () => 0, observer, signal, exchange });
  const ask: Bench['ask'] = async (name = 'www.example.test', type = 'A') => {
    const start = clock.monotonic();
    let answer: Answer | undefined;
    const asking = Promise.resolve(forwarding.handler(asked(name, type))).then((outcome) => (answer = outcome));
    while (answer === undefined && clock.monotonic() - start < 10_000) await clock.advance(1);
    await asking;
    return { answer: answer!, ms: clock.monotonic() - start };
  };
  return { clock, forwarding, upstreams, states, events, ask };
}

function isLoopProbe(message: Uint8Array): boolean {
  return Buffer.from(message).includes('kubezone-loop-check');
}

const nxdomain = () => ({ rcode: 'NXDOMAIN' }) as const;
const servfail = () => ({ rcode: 'SERVFAIL' }) as const;

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
    // Each once while it is unknown; then the one of 2 ms.
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

  test('fastest tries the slower ones again in time, each with one question', async () => {
    const { ask, upstreams, clock } = bench((clock) => [answersAfter(clock, 8), answersAfter(clock, 2)], { policy: 'fastest' });
    for (let i = 0; i < 30; i++) {
      await ask();
      await clock.advance(1000);
    }
    expect(upstreams[0]!.asked).toBe(2);
  });
});

describe('when an upstream fails', () => {
  const causes = ['servfail', 'refused', 'lame', 'malformed', 'reset', 'unreachable', 'tls', 'cname-loop'] as const;
  test.each(causes)('%s: the next is asked at once', async (cause) => {
    const { ask, events } = bench((clock) => [failsAfter(clock, 1, cause), answersAfter(clock, 2)]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 3 });
    expect(events).toEqual([`0 ${cause}`, '1 hedged']);
  });

  test('silent and unknown: the next is asked after 300 ms, and the silent one is let go', async () => {
    const { ask, upstreams } = bench((clock) => [silent, answersAfter(clock, 2)]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 302 });
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

describe('when all upstreams fail', () => {
  const cases: readonly [title: string, make: (clock: FakeClock) => Exchange, code: number, ms: number][] = [
    ['silent', () => silent, ExtendedError.NO_REACHABLE_AUTHORITY, 5000],
    ['nobody there', (clock) => failsAfter(clock, 1, 'unreachable'), ExtendedError.NO_REACHABLE_AUTHORITY, 2],
    ['SERVFAIL', (clock) => answersAfter(clock, 1, servfail), ExtendedError.NETWORK_ERROR, 2],
    ['broken connections', (clock) => failsAfter(clock, 1, 'reset'), ExtendedError.NETWORK_ERROR, 2],
    ['CNAME loops', (clock) => failsAfter(clock, 1, 'cname-loop'), ExtendedError.INVALID_DATA, 2],
  ];
  test.each(cases)('%s: SERVFAIL says why', async (_, make, code, ms) => {
    const { ask, upstreams } = bench((clock) => [make(clock), make(clock)]);
    const result = await ask();
    expect(result).toMatchObject({ answer: { rcode: Rcode.SERVFAIL, extendedError: { code } }, ms });
    expect(result.answer.extendedError!.text).toMatch(/udp:\/\/192\.0\.2\.1:53: .+; udp:\/\/192\.0\.2\.2:53: .+/);
    expect(upstreams.map(({ open }) => open)).toEqual([0, 0]);
  });

  test('an empty answer of a resolver is the last resort', async () => {
    const { ask } = bench((clock) => [answersAfter(clock, 1, () => ({ rcode: 'NOERROR' })), failsAfter(clock, 1, 'refused')]);
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR, answers: 0, authorities: 0 }, ms: 2 });
  });

  test('once they are known to be down a client waits a second', async () => {
    const { ask, states } = bench(() => [silent, silent]);
    await ask();
    await ask();
    expect(states).toEqual(['0 down', '1 down']);
    expect((await ask()).ms).toBe(1000);
  });

  test('none to ask: SERVFAIL at once', async () => {
    const { ask } = bench(() => [], { upstream: [] });
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL, extendedError: { code: ExtendedError.NO_REACHABLE_AUTHORITY } } });
  });
});

describe('an upstream that always fails', () => {
  test('SERVFAIL where others answer: it is taken out, and back when it answers what it failed on', async () => {
    const { ask, upstreams, states, clock } = bench((clock) => [answersAfter(clock, 1, servfail), answersAfter(clock, 2)]);
    for (let i = 0; i < 14; i++) await ask();
    expect(states).toEqual(['0 down']);
    const before = upstreams[0]!.asked;
    expect((await ask()).ms).toBe(2);
    await clock.advance(10_000);
    expect(upstreams[0]!.asked - before).toBeLessThan(12);
    upstreams[0]!.use(answersAfter(clock, 1));
    await clock.advance(2000);
    expect((await ask()).ms).toBe(1);
    expect(states).toEqual(['0 down', '0 trial', '0 up']);
  });

  test('SERVFAIL of all is the fault of the name', async () => {
    const { ask, states } = bench((clock) => [answersAfter(clock, 1, servfail), answersAfter(clock, 1, servfail)]);
    for (let i = 0; i < 50; i++) await ask();
    expect(states).toEqual([]);
  });

  test.each(flaws)('%s of all is the fault of the name', async (flaw) => {
    const { ask, states } = bench((clock) => [failsAfter(clock, 1, flaw), failsAfter(clock, 1, flaw)]);
    for (let i = 0; i < 50; i++) await ask();
    expect(states).toEqual([]);
  });

  test('what nobody can read, where others answer: it is taken out', async () => {
    const garbage: Exchange = (message) => {
      const reply = Uint8Array.from(message);
      reply.set([0x81, 0x80], 2);
      reply[7] = 1;
      return Promise.resolve(reply);
    };
    const { ask, events, states } = bench((clock) => [garbage, answersAfter(clock, 2)]);
    for (let i = 0; i < 20; i++) await ask();
    expect(states).toEqual(['0 down']);
    expect(events).toContain('0 malformed');
  });

  test('is asked, though it is down, when the last of the others cannot be reached', async () => {
    const { ask, upstreams, states, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    for (let i = 0; i < 5; i++) await ask();
    expect(states).toEqual(['0 down']);
    upstreams[0]!.use(answersAfter(clock, 3));
    upstreams[1]!.use(failsAfter(clock, 1, 'unreachable'));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 4 });
  });

  test('is not asked while down for a name that the others have no answer for', async () => {
    const { ask, upstreams, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    for (let i = 0; i < 5; i++) await ask();
    upstreams[0]!.use(silent);
    upstreams[1]!.use(answersAfter(clock, 2, servfail));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL }, ms: 2 });
  });

  test('probed while down, and only then', async () => {
    const { ask, upstreams, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    await clock.advance(10_000);
    expect(upstreams[0]!.asked).toBe(0);
    for (let i = 0; i < 5; i++) await ask();
    await clock.advance(1000);
    expect(upstreams[0]!.asked).toBeGreaterThan(6);
  });
});

describe('what is not forwarded', () => {
  test('a query without RD, of another class, for a transfer', () => {
    const { forwarding } = bench((clock) => [answersAfter(clock, 1)]);
    const query = asked('www.example.test', 'A');
    const cases = [
      { ...query, recursionDesired: false },
      { ...query, class: 3 },
      asked('www.example.test', 'AXFR'),
      asked('www.example.test', 'OPT'),
    ];
    const codes = cases.map((each) => {
      const answer = forwarding.handler(each) as Answer;
      return [answer.rcode, answer.extendedError?.code];
    });
    expect(codes).toEqual([ExtendedError.NOT_AUTHORITATIVE, 21, 21, 21].map((code) => [Rcode.REFUSED, code]));
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
    await clock.advance(5000);
    expect(upstreams.map(({ open }) => open)).toEqual([1, 1]);
    expect(forwarding.handler(asked('n5.test'))).toBeInstanceOf(Promise);
  });
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
