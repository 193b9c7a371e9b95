/** When a connection is read on, and that it ends although its client does not read what is still to be sent. */
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { until } from '../../test/fakes/until.ts';
import { frame } from '../upstream/framing.ts';
import { MAX_MESSAGE } from '../wire/query.ts';
import { Connections, defaultLimits, type Connection } from './connections.ts';
import { FramedConnection } from './framed-connection.ts';
import type { Respond } from './listener.ts';
import { unobserved } from './observer.ts';

/** A socket whose client reads nothing, and whose kernel takes nothing more, until `takeAll` is called. */
class Unread extends Socket {
  readonly #writes: (() => void)[] = [];

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    this.#writes.push(done);
  }
  override _writev(_chunks: unknown, done: () => void): void {
    this.#writes.push(done);
  }
  takeAll(): void {
    for (const done of this.#writes.splice(0)) done();
  }
}

interface Opened {
  readonly connections: Connections;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly socket: Unread;
  /** Why it was closed. */
  readonly said: string[];
  /** Of the queries that came: calling one answers it, if that comes later. */
  readonly answers: (() => void)[];
}

/** `size`: octets of each answer. */
function opened(isLate: boolean, maxQueries: number, size = 20): Opened {
  const clock = fakeClock();
  const said: string[] = [];
  const connections = new Connections(defaultLimits, clock, { ...unobserved, closed: (reason) => said.push(String(reason)) });
  const answers: (() => void)[] = [];
  const respond: Respond = (_packet, _length, _client, _receivedAt, _target, later) => {
    answers.push(() => later(new Uint8Array(size)));
    return isLate ? -1 : size;
  };
  const shared = { respond, clock, observer: unobserved, connections, maxQueries, target: new Uint8Array(MAX_MESSAGE) };
  const socket = new Unread({ allowHalfOpen: true });
  new FramedConnection(socket, { address: Uint8Array.of(127, 0, 0, 1), port: 1, transport: 'tcp' }, shared).speak(socket);
  return { connections, clock, socket, said, answers };
}

/** The shortest: a header alone. */
const query = frame(new Uint8Array(12));

test.for<{ name: string; sent: Uint8Array; halfCloses: boolean; isLate: boolean }>([
  { name: 'sends an impossible length', sent: Uint8Array.of(0, 3), halfCloses: false, isLate: false },
  { name: 'shuts down its side', sent: new Uint8Array(0), halfCloses: true, isLate: false },
  { name: 'shuts down its side and is answered later', sent: new Uint8Array(0), halfCloses: true, isLate: true },
])('who asks, $name, and does not read is let go', async ({ sent, halfCloses, isLate }) => {
  const { connections, clock, socket, answers } = opened(isLate, 2);
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
  const { socket, answers } = opened(true, 2);
  socket.push(Buffer.concat([query, query, query]));
  await until(() => answers.length === 2);
  expect(socket.isPaused()).toBe(true);
  answers[0]!();
  expect([answers.length, socket.isPaused()]).toEqual([3, true]);
  for (const answer of answers) answer();
  expect(socket.isPaused()).toBe(false);
});

test('who reads none of its later answers is dropped once they are more than a MiB', async () => {
  const { socket, said, answers } = opened(true, 20, 60_000);
  socket.push(Buffer.concat(Array.from({ length: 20 }, () => query)));
  await until(() => answers.length === 20);
  for (const answer of answers.slice(0, 17)) answer();
  expect(said).toEqual([]);
  answers[17]!();
  expect(said).toEqual(['unread']);
  expect(socket.destroyed).toBe(true);
});

test('who has read its answers no longer counts as one that holds them', async () => {
  const { connections, socket, said, answers } = opened(false, 2, 60_000);
  socket.push(Buffer.concat([query, query]));
  await until(() => answers.length === 2);
  const other: Connection = { clientAddress: '192.0.2.1', close: () => undefined, finish: () => undefined };
  connections.add(other);
  connections.waits(other, 'unread');
  await new Promise((resolve) => setImmediate(resolve));
  socket.takeAll();
  await new Promise((resolve) => setImmediate(resolve));
  connections.holds(other, defaultLimits.maxUnread);
  expect(said).toEqual([]);
});
