/** When a connection is read on, and that it ends although its client does not read what is still to be sent. */
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { until } from '../../test/fakes/until.ts';
import { frame } from '../upstream/framing.ts';
import { MAX_MESSAGE } from '../wire/query.ts';
import { Connections, defaultLimits } from './connections.ts';
import { FramedConnection } from './framed-connection.ts';
import type { Respond } from './listener.ts';
import { unobserved } from './observer.ts';

/** A socket whose client reads nothing, and whose kernel takes nothing more. */
class Unread extends Socket {
  override _write(): void {
    // Never done.
  }
  override _writev(): void {
    // Never done.
  }
}

interface Opened {
  readonly connections: Connections;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly socket: Socket;
  /** Of the queries that came: calling one answers it, if that comes later. */
  readonly answers: (() => void)[];
}

function opened(isLate: boolean): Opened {
  const clock = fakeClock();
  const connections = new Connections(defaultLimits, clock, unobserved);
  const answers: (() => void)[] = [];
  const respond: Respond = (packet, length, _client, _receivedAt, target, later) => {
    const response = packet.slice(0, length);
    answers.push(() => later(response));
    target.set(response);
    return isLate ? -1 : length;
  };
  const shared = { respond, clock, observer: unobserved, connections, maxQueries: 2, target: new Uint8Array(MAX_MESSAGE) };
  const socket = new Unread({ allowHalfOpen: true });
  new FramedConnection(socket, { address: Uint8Array.of(127, 0, 0, 1), port: 1, transport: 'tcp' }, shared).speak(socket);
  return { connections, clock, socket, answers };
}

const query = frame(new Uint8Array(20));

test.for<{ name: string; sent: Uint8Array; halfCloses: boolean; isLate: boolean }>([
  { name: 'sends an impossible length', sent: Uint8Array.of(0, 3), halfCloses: false, isLate: false },
  { name: 'shuts down its side', sent: new Uint8Array(0), halfCloses: true, isLate: false },
  { name: 'shuts down its side and is answered later', sent: new Uint8Array(0), halfCloses: true, isLate: true },
])('who asks, $name, and does not read is let go', async ({ sent, halfCloses, isLate }) => {
  const { connections, clock, socket, answers } = opened(isLate);
  socket.push(Buffer.concat([query, sent]));
  if (halfCloses) socket.push(null);
  await until(() => answers.length === 1);
  await new Promise((resolve) => setImmediate(resolve));
  if (isLate) answers[0]!();
  await clock.advance(defaultLimits.idleTimeout);
  connections.sweep();
  await until(() => socket.destroyed, { limit: 3000, shown: () => `${connections.all().length} connections are open` });
  expect(connections.all()).toEqual([]);
});

test('who has as many queries in flight as may be is not read on until one is answered', async () => {
  const { socket, answers } = opened(true);
  socket.push(Buffer.concat([query, query, query]));
  await until(() => answers.length === 2);
  expect(socket.isPaused()).toBe(true);
  answers[0]!();
  expect([answers.length, socket.isPaused()]).toEqual([3, true]);
  for (const answer of answers) answer();
  expect(socket.isPaused()).toBe(false);
});
