import { expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Outcome } from '../handler.ts';
import { Congestion } from './congestion.ts';
import { forwardShare } from './forward-share.ts';

const MEBIBYTE = 2 ** 20;

const flooded = (): Congestion => {
  const congestion = new Congestion();
  congestion.backlog(3 * MEBIBYTE, 8 * MEBIBYTE);
  return congestion;
};

const read = (congestion: Congestion, times: number, more: boolean): void => {
  for (let i = 0; i < times; i++) congestion.read(more);
};

test('all places while the thread keeps up', () => {
  const congestion = new Congestion();
  read(congestion, 1000, false);
  expect(congestion.leaves(1000)).toBe(1000);
});

test.for([
  { room: 8 * MEBIBYTE, most: 2 * MEBIBYTE },
  { room: 400_000, most: 300_000 },
])('all places while no more than $most of $room octets wait unread, however long', ({ room, most }) => {
  const congestion = new Congestion();
  const fall = (waiting: number): void => {
    for (let i = 0; i < 1000; i++) {
      read(congestion, 1, true);
      congestion.backlog(waiting, room);
    }
  };
  fall(most);
  expect(congestion.leaves(1000)).toBe(1000);
  fall(most + 1);
  expect(congestion.leaves(1000)).toBe(8);
  read(congestion, 2000, false);
  fall(most);
  expect(congestion.leaves(1000)).toBe(1000);
});

test('a flood takes some at first, then all but a few, and they come back', () => {
  const congestion = flooded();
  read(congestion, 8, true);
  expect(congestion.leaves(1000)).toBeGreaterThan(500);
  read(congestion, 200, true);
  expect(congestion.leaves(1000)).toBe(8);
  expect(congestion.leaves(5)).toBe(5);
  read(congestion, 2000, false);
  expect(congestion.leaves(1000)).toBe(1000);
});

test('they shrink until hardly a reading leaves packets behind, wherever that is', () => {
  const congestion = flooded();
  // A thread that falls behind while more than 300 places are taken.
  const left = Array.from({ length: 5000 }, () => {
    const places = congestion.leaves(1000);
    congestion.read(places > 300);
    return places;
  }).slice(1000);
  expect(Math.max(...left)).toBeLessThan(305);
  expect(Math.min(...left)).toBeGreaterThan(280);
});

test('a greedy client is refused what another still may', () => {
  const congestion = flooded();
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
  read(congestion, 80, true);
  expect(ask(100, '10.0.0.1')).toBe(4);
  expect(ask(4, '10.0.0.2')).toBe(4);
  expect((handler(asked('a.test', 'A', { from: '10.0.0.1' })) as Outcome)?.rcode).toBe(Rcode.REFUSED);
  read(congestion, 100, true);
  expect(handler(asked('a.test', 'A', { from: '10.0.0.1' }))).toBeUndefined();
  // Whoever waits on a connection is told.
  expect((handler(asked('a.test', 'A', { from: '10.0.0.1', transport: 'tcp' })) as Outcome)?.rcode).toBe(Rcode.REFUSED);
  read(congestion, 2000, false);
  expect(ask(300, '10.0.0.1')).toBe(196);
});
