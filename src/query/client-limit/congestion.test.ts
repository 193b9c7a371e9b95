import { expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { fakeClock, type FakeClock } from '../../../test/fakes/clock.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Outcome } from '../handler.ts';
import { Congestion } from './congestion.ts';
import { forwardShare } from './forward-share.ts';

const MEBIBYTE = 2 ** 20;

interface Bench {
  readonly congestion: Congestion;
  readonly clock: FakeClock;
  /** Makes `times` readings, 1 ms apart. */
  readonly read: (times: number, more: boolean) => Promise<void>;
}

function bench(): Bench {
  const clock = fakeClock();
  const congestion = new Congestion(clock);
  const read: Bench['read'] = async (times, more) => {
    for (let i = 0; i < times; i++) {
      await clock.advance(1);
      congestion.read(more);
    }
  };
  return { congestion, clock, read };
}

function flooded(): Bench {
  const it = bench();
  it.congestion.backlog(3 * MEBIBYTE, false);
  return it;
}

test('all places while the thread keeps up', async () => {
  const { congestion, read } = bench();
  await read(1000, false);
  expect(congestion.leaves(1000)).toBe(1000);
});

test('all places while no more than a burst waits unread and the kernel drops nothing, however long', async () => {
  const { congestion, read } = bench();
  for (let i = 0; i < 100; i++) {
    await read(10, true);
    congestion.backlog(2 * MEBIBYTE, false);
  }
  expect(congestion.leaves(1000)).toBe(1000);
});

test.for([
  { name: 'more than a burst', waiting: 2 * MEBIBYTE + 1, dropped: false },
  { name: 'what the kernel drops', waiting: 300_000, dropped: true },
])('$name is a flood: it takes some at first, then all but a few, and they come back', async ({ waiting, dropped }) => {
  const { congestion, read } = bench();
  congestion.backlog(waiting, dropped);
  await read(8, true);
  expect(congestion.leaves(1000)).toBeGreaterThan(500);
  await read(200, true);
  expect(congestion.leaves(1000)).toBe(8);
  expect(congestion.leaves(5)).toBe(5);
  await read(2000, false);
  expect(congestion.leaves(1000)).toBe(1000);
});

test('they come back with time, however few packets come then', async () => {
  const { congestion, clock, read } = flooded();
  await read(200, true);
  expect(congestion.isHopeless).toBe(true);
  await clock.advance(2000);
  await read(1, false);
  expect(congestion.leaves(1000)).toBe(1000);
});

test('they shrink until hardly a reading leaves packets behind, wherever that is', async () => {
  const { congestion, read } = flooded();
  const left: number[] = [];
  // A thread that falls behind while more than 300 places are taken.
  for (let i = 0; i < 5000; i++) {
    const places = congestion.leaves(1000);
    await read(1, places > 300);
    left.push(places);
  }
  expect(Math.max(...left.slice(1000))).toBeLessThan(305);
  expect(Math.min(...left.slice(1000))).toBeGreaterThan(280);
});

test('a greedy client is refused what another still may', async () => {
  const { congestion, read } = flooded();
  const share = {
    get places() {
      return congestion.leaves(1000);
    },
    get isSilent() {
      return congestion.isHopeless;
    },
    perClient: 200,
  };
  const handler = forwardShare(share)(() => new Promise<Outcome>(() => undefined));
  const ask = (count: number, from: string): number =>
    Array.from({ length: count }, () => handler(asked('a.test', 'A', { from }))).filter((outcome) => outcome instanceof Promise).length;
  await read(80, true);
  expect(ask(100, '10.0.0.1')).toBe(4);
  expect(ask(4, '10.0.0.2')).toBe(4);
  expect((handler(asked('a.test', 'A', { from: '10.0.0.1' })) as Outcome)?.rcode).toBe(Rcode.REFUSED);
  await read(100, true);
  expect(handler(asked('a.test', 'A', { from: '10.0.0.1' }))).toBeUndefined();
  // A client on a connection still gets REFUSED.
  expect((handler(asked('a.test', 'A', { from: '10.0.0.1', transport: 'tcp' })) as Outcome)?.rcode).toBe(Rcode.REFUSED);
  await read(2000, false);
  expect(ask(300, '10.0.0.1')).toBe(196);
});
