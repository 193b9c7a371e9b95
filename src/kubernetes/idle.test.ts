import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { systemClock } from '../clock.ts';
import { guardIdle } from './idle.ts';

const never = new AbortController().signal;

test('ends after the limit without anything heard, and not before', async () => {
  const clock = fakeClock();
  const guard = guardIdle(clock, 1_000, never, 'watch x');
  await clock.advance(900);
  guard.heard();
  await clock.advance(900);
  expect(guard.signal.aborted).toBe(false);
  await clock.advance(100);
  expect(guard.signal.reason).toMatchObject({ reason: 'idle', message: 'watch x: nothing heard for 1 s' });
});

test('a new limit counts from when it was given, shorter or longer', async () => {
  const clock = fakeClock();
  const guard = guardIdle(clock, 10_000, never, 'x');
  await clock.advance(5_000);
  guard.limit(1_000);
  await clock.advance(999);
  expect(guard.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(guard.signal.aborted).toBe(true);
});

test('leaves nothing waiting once it is stopped, or ended from outside', async () => {
  const clock = fakeClock();
  guardIdle(clock, 1_000, never, 'x').stop();
  const outer = new AbortController();
  const guard = guardIdle(clock, 1_000, outer.signal, 'x');
  outer.abort(new Error('enough'));
  await clock.advance(0);
  expect(clock.waiting).toBe(0);
  expect(guard.signal.reason).toEqual(new Error('enough'));
});

test('hears what came while this process paused for longer than the limit', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const watching = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = await accepted;
  const guard = guardIdle(systemClock, 500, never, 'x');
  watching.on('data', () => guard.heard());
  const heard = once(watching, 'data');
  peer.write('an event');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  await heard;
  await systemClock.wait(50);
  expect(guard.signal.aborted).toBe(false);
  guard.stop();
  watching.destroy();
  server.close();
});
