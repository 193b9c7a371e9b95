/** What a question teaches about its upstreams; src/query/forward.replay.test.ts holds whom it asks, and when. */
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { addressOf, answersAfter, silent, switchable } from '../../test/fakes/exchange.ts';
import { reply } from '../../test/fakes/upstream.ts';
import { Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import { askInTurn } from './ask.ts';
import type { Exchange } from './exchange.ts';
import { noUpstreamObserver } from './observer.ts';
import { Upstream } from './upstream.ts';

const question = { name: nameFromText('www.example.test')!, type: Type.A, dnssecOk: false, checkingDisabled: false };

test.each([
  { what: 'comes in time', before: 20, paused: 0, learnt: 20 },
  { what: 'is late', before: 200, paused: 0, learnt: 43 },
  { what: 'is read after this process has paused', before: 10, paused: 8000, learnt: 20 },
  { what: 'was late, and is read after this process has paused', before: 200, paused: 8000, learnt: 20 },
])('a reply that $what: the round-trip time is $learnt ms', async ({ before, paused, learnt }) => {
  let pauses = 0;
  const fake = fakeClock();
  // In a pause, no timer runs.
  const clock = { ...fake, monotonic: () => fake.monotonic() + pauses };
  const first = switchable(answersAfter(clock, 20));
  const upstreamOf = (exchange: Exchange, index: number): Upstream =>
    new Upstream({ url: '', index, exchange, clock, observer: noUpstreamObserver, changed: () => undefined, suspected: () => undefined });
  const upstreams = [upstreamOf(first.exchange, 0), upstreamOf(silent, 1)];
  const ask = () => askInTurn(upstreams, question, { clock, whenRead: (run) => run(), budget: 5000, waits: true });
  for (let i = 0; i < 10; i++) {
    const asking = ask();
    await clock.advance(20);
    await asking;
  }
  let read = (): void => undefined;
  first.use((message) => new Promise((resolve) => (read = () => resolve(reply(message, 'udp', () => addressOf('192.0.2.1'))!))));
  const asking = ask();
  await clock.advance(before);
  pauses += paused;
  read();
  await asking;
  expect(Math.round(upstreams[0]!.roundTrip.smoothed)).toBe(learnt);
});
