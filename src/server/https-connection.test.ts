import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { Connections, defaultLimits } from './connections.ts';
import { HttpsConnection } from './https-connection.ts';
import { unobserved } from './observer.ts';

test('a turn of the event loop sends one response, or all that are ready when the oldest has waited for more than a second', async () => {
  const clock = fakeClock();
  const client = { address: Uint8Array.of(127, 0, 0, 1), port: 1, transport: 'https' } as const;
  const connection = new HttpsConnection(new Socket(), client, new Connections(defaultLimits, clock, unobserved), clock);
  const sent: number[] = [];
  for (let i = 1; i <= 6; i++) connection.inTurn(() => sent.push(i));
  expect(sent).toEqual([1]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual([1, 2]);
  await clock.advance(1000);
  expect(sent).toEqual([1, 2, 3]);
  await clock.advance(1);
  expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
  await new Promise((resolve) => setImmediate(resolve));
  connection.inTurn(() => sent.push(7));
  expect(sent.at(-1)).toBe(7);
});
