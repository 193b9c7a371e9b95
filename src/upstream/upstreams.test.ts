/** Upstreams that are added and removed with the configuration, and go down and up: what that leaves behind. */
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { answersAfter, failsAfter, silent, switchable, type Switch } from '../../test/fakes/exchange.ts';
import { Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import type { Question } from '../wire/question.ts';
import { ExchangeError } from './exchange.ts';
import { LoopCheck } from './loop.ts';
import { noLog, noUpstreamObserver, type UpstreamObserver } from './observer.ts';
import { Upstreams } from './upstreams.ts';

const URL = 'udp://192.0.2.53:53';
const OTHER = 'udp://192.0.2.54:53';
const MANNER = { randomCase: false, ca: undefined };
const question: Question = { name: nameFromText('www.example.test')!, type: Type.A, dnssecOk: false, checkingDisabled: false };
const unaborted = new AbortController().signal;

function upstreamsOver(server: Switch, observer: Partial<UpstreamObserver> = {}, info: (text: string) => void = () => undefined) {
  const clock = fakeClock();
  const ending = new AbortController();
  const exchange = (): Switch['exchange'] => (message, signal) =>
    Buffer.from(message).includes('kubezone-loop-check') ? silent(message, signal) : server.exchange(message, signal);
  const upstreams = new Upstreams({
    clock,
    observer: { ...noUpstreamObserver, ...observer },
    log: { ...noLog, info },
    loops: new LoopCheck('token'),
    signal: ending.signal,
    exchange,
  });
  return { clock, upstreams, ending };
}

test('what is asked of an upstream when it is let go is not told of the one that takes its index', async () => {
  const told: string[] = [];
  const tell = (what: string) => (index: number) => void told.push(`${what} ${index}`);
  const failing: ((error: Error) => void)[] = [];
  const server = switchable(() => new Promise((_, reject) => failing.push(reject)));
  const { upstreams, ending } = upstreamsOver(server, {
    removed: tell('removed'),
    added: tell('added'),
    failed: tell('failed'),
    changed: tell('changed'),
  });
  const upstream = upstreams.use(new Set([URL]), MANNER).get(URL)!;
  const asked = Array.from({ length: 8 }, () => upstream.ask(question, unaborted));
  upstreams.use(new Set([OTHER]), MANNER);
  for (const fail of failing) fail(new ExchangeError('unreachable', 'the upstream is no longer used'));
  await Promise.all(asked);
  expect(told).toEqual(['added 0', 'removed 0', 'added 0']);
  ending.abort();
});

test('those that stay are the same, with what is known about them, unless they are to be asked in another way', () => {
  const told: string[] = [];
  const { upstreams, ending } = upstreamsOver(switchable(silent), {
    added: (index, url) => told.push(`added ${index} ${url}`),
    removed: (index) => told.push(`removed ${index}`),
  });
  const first = upstreams.use(new Set([URL]), MANNER).get(URL);
  expect(upstreams.use(new Set([OTHER, URL]), MANNER).get(URL)).toBe(first);
  expect(told).toEqual([`added 0 ${URL}`, `added 1 ${OTHER}`]);
  const others = [
    upstreams.use(new Set([URL]), { ...MANNER, randomCase: true }),
    upstreams.use(new Set([URL]), { ...MANNER, ca: 'other' }),
  ];
  expect(new Set([first, ...others.map((all) => all.get(URL))]).size).toBe(3);
  ending.abort();
});

test('one that falls again and again is probed by one loop at a time', async () => {
  const server = switchable(silent);
  const { clock, upstreams, ending } = upstreamsOver(server);
  const upstream = upstreams.use(new Set([URL]), MANNER).get(URL)!;
  const askWhile = async (holds: () => boolean): Promise<void> => {
    while (holds()) {
      const asking = upstream.ask(question, unaborted);
      await clock.advance(2);
      await asking;
    }
  };
  const falls = (): Promise<void> => askWhile(() => upstream.state !== 'down');
  for (let fall = 0; fall < 20; fall++) {
    server.use(failsAfter(clock, 1, 'unreachable'));
    await falls();
    // Clients' questions go to it when all others are down too, and one of them is answered.
    server.use(answersAfter(clock, 1));
    await askWhile(() => upstream.state === 'down');
  }
  server.use(failsAfter(clock, 1, 'unreachable'));
  await falls();
  server.use(silent);
  const fallen = server.asked;
  await clock.advance(29_000);
  expect(server.asked).toBe(fallen);
  // Longer than any pause before the first probe.
  await clock.advance(11_000);
  const before = server.asked;
  await clock.advance(30_000);
  // One probe every two seconds, for half a minute.
  expect(server.asked - before).toBeLessThanOrEqual(16);
  expect(server.asked - before).toBeGreaterThan(5);
  ending.abort();
});

test.each([
  ['its certificate is bad', () => Promise.reject(new ExchangeError('tls', 'certificate has expired')), 'certificate has expired'],
  ['it is silent', silent, 'no reply in time'],
] as const)('why one goes down is logged: %s', async (_, exchange, why) => {
  const said: string[] = [];
  const { clock, upstreams, ending } = upstreamsOver(switchable(exchange), {}, (text) => said.push(text));
  const upstream = upstreams.use(new Set([URL]), MANNER).get(URL)!;
  const control = new AbortController();
  for (let i = 0; i < 5; i++) void upstream.ask(question, control.signal);
  await clock.advance(300);
  if (exchange === silent) upstream.late(0);
  await clock.advance(1000);
  control.abort(new Error('over'));
  expect(said).toEqual([`upstream ${URL} does not answer well (${why}): it is probed, and asked only when all others are down too`]);
  ending.abort();
});

test('one that is late is not down because no socket is left to call it, until one is', async () => {
  const server = switchable(() => Promise.reject(new ExchangeError('exhausted', 'EMFILE')));
  const { clock, upstreams, ending } = upstreamsOver(server);
  const upstream = upstreams.use(new Set([URL]), MANNER).get(URL)!;
  upstream.late(0);
  await clock.advance(2000);
  expect(upstream.state).toBe('up');
  server.use(silent);
  upstream.late(clock.monotonic());
  await clock.advance(2000);
  expect(upstream.state).toBe('down');
  ending.abort();
});
