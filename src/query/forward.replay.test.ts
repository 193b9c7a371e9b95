/** Failures of upstreams replayed on a fake clock: up to a thousand uncached questions a second while upstreams die and come back. */
import { describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { answersAfter, silent, switchable } from '../../test/fakes/exchange.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { noUpstreamObserver } from '../upstream/observer.ts';
import type { Policy } from '../upstream/selection.ts';
import { Rcode } from '../wire/iana.ts';
import { makeForward } from './make-forward.ts';

interface Event {
  /** ms since the start. */
  readonly at: number;
  readonly upstream: number;
  readonly becomes: (clock: FakeClock) => Exchange;
}

interface Waits {
  readonly worst: number;
  readonly p99: number;
  readonly failed: number;
}

/** Returns how long the clients of each second waited, ms, and the upstreams' changes of state. */
async function play(policy: Policy, seconds: number, perSecond: number, start: readonly Event['becomes'][], events: readonly Event[]) {
  const clock = fakeClock();
  const upstreams = start.map((make) => switchable(make(clock)));
  const changes: string[] = [];
  const observer = {
    ...noUpstreamObserver,
    changed: (upstream: number, state: string) => changes.push(`${upstream} ${state}`),
  };
  const forwarding = makeForward(
    {
      upstream: upstreams.map((_, index) => `udp://192.0.2.${index}:53`),
      zones: {},
      resolvConf: '/nonexistent/resolv.conf',
      policy,
      upstreamBudget: 5000,
      maxConcurrent: 1000,
      caseRandomization: false,
    },
    {
      clock,
      random: chance(),
      signal: new AbortController().signal,
      observer,
      exchange: (url) => upstreams[Number(/(\d):53/.exec(url)![1])]!.exchange,
    },
  );
  const waits: number[][] = Array.from({ length: seconds }, () => []);
  const failed = Array<number>(seconds).fill(0);
  const step = 1000 / perSecond;
  for (let nth = 0; nth < seconds * perSecond; nth++) {
    for (const { at, upstream, becomes } of events) if (at === nth * step) upstreams[upstream]!.use(becomes(clock));
    const askedAt = clock.monotonic();
    const second = Math.floor(askedAt / 1000);
    void Promise.resolve(forwarding.handler(asked(`n${nth}.test`))).then((answer) => {
      waits[second]!.push(clock.monotonic() - askedAt);
      if (answer!.rcode !== Rcode.NXDOMAIN) failed[second]!++;
    });
    await clock.advance(step);
  }
  await clock.advance(6000);
  const of = (second: number[], index: number): Waits => {
    second.sort((a, b) => a - b);
    return { worst: second.at(-1)!, p99: second[Math.ceil(second.length * 0.99) - 1]!, failed: failed[index]! };
  };
  expect(waits.flat()).toHaveLength(seconds * perSecond);
  expect(upstreams.every(({ open }) => open < 3)).toBe(true);
  return { seconds: waits.map(of), changes };
}

/** The same numbers in every run (Numerical Recipes' generator). */
function chance(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

const nxdomain = () => ({ rcode: 'NXDOMAIN' }) as const;
const after =
  (ms: number): Event['becomes'] =>
  (clock) =>
    answersAfter(clock, ms, nxdomain);
const blackHole: Event['becomes'] = () => silent;

describe.each(['sequential', 'fastest', 'round-robin', 'random'] as const)('%s', (policy) => {
  test('a first upstream that was never there', async () => {
    const { seconds } = await play(policy, 3, 1000, [blackHole, after(2)], []);
    expect(Math.max(...seconds.map(({ worst }) => worst))).toBeLessThan(500);
    expect(seconds[1]!.p99).toBeLessThan(10);
    expect(seconds[2]!.worst).toBeLessThan(10);
    expect(seconds.map(({ failed }) => failed)).toEqual([0, 0, 0]);
  });

  test('one that dies, and comes back', async () => {
    const events = [
      { at: 1000, upstream: 0, becomes: blackHole },
      { at: 3000, upstream: 0, becomes: after(1) },
    ];
    const { seconds, changes } = await play(policy, 6, 1000, [after(1), after(2)], events);
    expect(seconds[0]!.worst).toBeLessThan(10);
    expect(seconds[1]!.worst).toBeLessThan(100);
    for (const second of seconds.slice(2)) expect(second.worst).toBeLessThan(10);
    expect(seconds.map(({ failed }) => failed)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(changes).toEqual(['0 down', '0 trial', '0 up']);
  });
});

test('all die: after three seconds each client is told within a second; they come back, and answer', async () => {
  const events = [0, 1].flatMap((upstream) => [
    { at: 1000, upstream, becomes: blackHole },
    { at: 7000, upstream, becomes: after(1) },
  ]);
  const { seconds } = await play('fastest', 11, 100, [after(1), after(2)], events);
  expect(seconds[1]!.worst).toBeLessThanOrEqual(5000);
  expect(seconds[5]).toMatchObject({ failed: 100, worst: 1000 });
  expect(seconds[10]).toMatchObject({ failed: 0, worst: 1 });
});
