/** The detectors hear of blocked names and of forged and guessed messages, unless the option turns them off. */
import { expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { systemClock } from '../../src/clock.ts';
import { load } from '../../src/config/load.ts';
import { ringBlock } from '../../src/telemetry/query-ring.ts';
import { emptyAnswer, Source } from '../../src/wire/answer.ts';
import { Rcode } from '../../src/wire/iana.ts';
import { servingObservers, type ServingObservers } from './serving-observers.ts';

const at = systemClock.monotonic();

test.each<[string, (observers: ServingObservers) => void, RegExp]>([
  ['blocked names', ({ blocked }) => repeat((i) => blocked(asked(`${i}.test`, 'A', { at }))), /names that policies block/],
  ['forged messages', ({ upstream }) => repeat(() => upstream.dropped(0)), /answer none of our questions/],
  ['guessed messages', ({ upstream }) => repeat(() => upstream.guessed(0)), /do not answer them/],
  [
    'names outside that do not exist',
    ({ responder }) =>
      repeat((i) =>
        responder.responded(asked(`${i}.test`, 'A', { at }), emptyAnswer(Rcode.NXDOMAIN, Source.forward), 0, new Uint8Array(0)),
      ),
    /./,
  ],
])('%s', (_, happens, says) => {
  for (const argv of [['--detect'], ['--no-detect']]) {
    const loaded = load(argv, {}, () => '');
    if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
    const { counters, slots, log, said } = fakeTelemetry();
    const observers = servingObservers(loaded.options, { counters, slots, log, ring: ringBlock(1 << 16) });
    observers.upstream.added(0, 'udp://192.0.2.53:53');
    happens(observers);
    expect(said.some((line) => says.test(line))).toBe(loaded.options.detect);
  }
});

function repeat(act: (index: number) => void): void {
  for (let index = 0; index < 2000; index++) act(index);
}
