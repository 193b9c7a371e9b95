/** TCP clients that misbehave, and some that are unusual but correct (RFC 7766). */
import { once } from 'node:events';
import { connect, Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { Deframer, frame } from '../upstream/framing.ts';
import type { ConnectionLimits } from './connections.ts';
import type { Listener, Respond } from './listener.ts';
import { unobserved } from './observer.ts';
import { tcpListener } from './stream.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Returns a header with `id`; the octet after it says how `respond` answers. */
function message(id: number, ...rest: readonly number[]): Uint8Array {
  return Uint8Array.of(id >> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...rest);
}
const AT_ONCE = 0;
const HELD = 1;
const LARGE = 2;

interface Served {
  readonly listener: Listener;
  readonly port: number;
  /** Held answers: calling one sends it. */
  readonly held: (() => void)[];
  readonly said: string[];
}

async function serve(limits: Partial<ConnectionLimits> = {}): Promise<Served> {
  const held: (() => void)[] = [];
  const said: string[] = [];
  const respond: Respond = (packet, length, _client, _receivedAt, target, later) => {
    const size = packet[12] === LARGE ? 60_000 : length;
    target.fill(0, 0, size);
    target.set(packet.subarray(0, length));
    if (packet[12] !== HELD) return size;
    const response = target.slice(0, size);
    held.push(() => later(response));
    return -1;
  };
  const listener = tcpListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond,
    clock: systemClock,
    limits,
    observer: {
      ...unobserved,
      closed: (reason) => said.push(`closed: ${reason}`),
      refused: (reason) => said.push(`refused: ${reason}`),
      failed: (call, code) => said.push(`failed: ${call} ${code}`),
    },
  });
  await listener.listen();
  closing.push(() => listener.close());
  return { listener, port: Number(new URL(listener.url.replace('tcp:', 'http:')).port), held, said };
}

interface Caller {
  readonly socket: Socket;
  /** Ids answered so far. */
  readonly ids: number[];
  readonly isClosed: () => boolean;
}

async function call(port: number): Promise<Caller> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  closing.push(() => socket.destroy());
  const ids: number[] = [];
  const deframer = new Deframer();
  let closed = false;
  socket.on('data', (chunk: Buffer) => {
    for (const response of deframer.push(chunk)) ids.push((response[0]! << 8) | response[1]!);
  });
  socket.on('error', () => (closed = true));
  socket.on('end', () => (closed = true));
  socket.on('close', () => (closed = true));
  await once(socket, 'connect');
  return { socket, ids, isClosed: () => closed };
}

describe('a client that is right', () => {
  test('sends its query octet by octet', async () => {
    const { socket, ids } = await call((await serve()).port);
    for (const octet of frame(message(1, AT_ONCE))) {
      socket.write(Uint8Array.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => ids.length === 1);
  });

  test('sends many queries in one piece and a half, and shuts down its side', async () => {
    const { port, held } = await serve();
    const { socket, ids, isClosed } = await call(port);
    const bytes = Buffer.concat([1, 2, 3].map((id) => frame(message(id, id === 2 ? HELD : AT_ONCE))));
    socket.write(bytes.subarray(0, 20));
    socket.end(bytes.subarray(20));
    await until(() => ids.length === 2);
    expect(isClosed()).toBe(false);
    held[0]!();
    await until(isClosed);
    expect(ids).toEqual([1, 3, 2]);
  });

  test('has more queries in flight than may be: they are read when others are answered', async () => {
    const { port, held } = await serve({ maxQueries: 4 });
    const { socket, ids } = await call(port);
    socket.end(Buffer.concat(Array.from({ length: 10 }, (_, id) => frame(message(id, HELD)))));
    await until(() => held.length === 4);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(held).toHaveLength(4);
    for (let i = 0; i < 10; i++) {
      await until(() => held.length > i);
      held[i]!();
    }
    await until(() => ids.length === 10);
    expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('reads its answers late, and gets them all', async () => {
    const { port, said } = await serve();
    const { socket, ids } = await call(port);
    socket.pause();
    // Answers of 12 MB: more than the buffers of both sides hold.
    socket.write(Buffer.concat(Array.from({ length: 200 }, (_, id) => frame(message(id, LARGE)))));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.resume();
    await until(() => ids.length === 200);
    expect(said).toEqual([]);
  });

  test('waits long for an answer that we owe', async () => {
    const { port, held, said } = await serve({ idleTimeout: 40, queryTimeout: 40 });
    const { socket, ids } = await call(port);
    socket.write(frame(message(1, HELD)));
    await until(() => held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(said).toEqual([]);
    held[0]!();
    await until(() => ids.length === 1);
  });
});

test.each([
  ['a query', 0],
  ['the rest of a query', 9],
])('%s that came while this process paused is answered: nobody was slow', async (_, early) => {
  const { port, said } = await serve({ idleTimeout: 500, queryTimeout: 500 });
  const { socket, ids } = await call(port);
  const second = frame(message(2, AT_ONCE));
  socket.write(Buffer.concat([frame(message(1, AT_ONCE)), second.subarray(0, early)]));
  await until(() => ids.length === 1);
  // In the phase of the event loop that timers follow.
  setImmediate(() => {
    socket.write(second.subarray(early));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  });
  await until(() => ids.length === 2 || said.length > 0);
  expect(said).toEqual([]);
});

describe('a client that is not', () => {
  test.for<{ name: string; limits: Partial<ConnectionLimits>; sent: Uint8Array; reason: string }>([
    { name: 'asks nothing', limits: { idleTimeout: 40 }, sent: new Uint8Array(0), reason: 'idle' },
    { name: 'asks once and stays', limits: { idleTimeout: 40 }, sent: frame(message(1, AT_ONCE)), reason: 'idle' },
    { name: 'does not finish its query', limits: { queryTimeout: 40 }, sent: frame(message(1, AT_ONCE)).subarray(0, 9), reason: 'slow' },
    { name: 'begins with half a length', limits: { queryTimeout: 40 }, sent: Uint8Array.of(0), reason: 'slow' },
    { name: 'sends less than a header', limits: {}, sent: Uint8Array.of(0, 3, 1, 2, 3), reason: 'invalid' },
    { name: 'begins a query longer than any', limits: {}, sent: Uint8Array.of(0x10, 1), reason: 'invalid' },
    { name: 'speaks HTTP', limits: {}, sent: Buffer.from('GET / HTTP/1.1\r\n\r\n'), reason: 'invalid' },
  ])('$name: closed as $reason', async ({ limits, sent, reason }) => {
    const { port, said } = await serve(limits);
    const { socket, isClosed } = await call(port);
    if (sent.length > 0) socket.write(sent);
    await until(isClosed);
    expect(said).toEqual([`closed: ${reason}`]);
  });

  test('drips its query: time counts from its first octet', async () => {
    const { port, said } = await serve({ queryTimeout: 100, idleTimeout: 60_000 });
    const { socket, isClosed } = await call(port);
    const bytes = frame(message(1, AT_ONCE, ...new Uint8Array(1000)));
    let at = 0;
    const drip = setInterval(() => socket.write(bytes.subarray(at, ++at)), 10);
    await until(isClosed);
    clearInterval(drip);
    expect(said).toEqual(['closed: slow']);
  });

  test('does not read: dropped, at a bound or after a time', async () => {
    const { port, said } = await serve({ queryTimeout: 200 });
    const { socket } = await call(port);
    socket.pause();
    const questions = Buffer.concat(Array.from({ length: 100 }, (_, id) => frame(message(id, LARGE))));
    const more = setInterval(() => socket.write(questions), 5);
    await until(() => said.length > 0);
    clearInterval(more);
    expect(said).toEqual(['closed: unread']);
  });

  test('does not read, on many connections: the longest unread goes when all hold too much', async () => {
    const { port, said } = await serve({ maxUnread: 2 << 20, queryTimeout: 60_000 });
    const questions = Buffer.concat(Array.from({ length: 200 }, (_, id) => frame(message(id, LARGE))));
    for (let i = 0; i < 200 && said.length === 0; i++) {
      const caller = await call(port);
      caller.socket.pause();
      caller.socket.write(questions);
    }
    await until(() => said.length > 0);
    expect(new Set(said)).toEqual(new Set(['closed: unread']));
    const { socket, ids } = await call(port);
    socket.write(frame(message(1, LARGE)));
    await until(() => ids.length === 1);
  });

  test('is many: hundreds that idle or drip leave room for who asks', async () => {
    const { port, said } = await serve({ maxConnections: 200, maxConnectionsPerClient: 1000 });
    const crowd = await Promise.all(Array.from({ length: 200 }, () => call(port)));
    for (const { socket } of crowd.slice(0, 100)) socket.write(Uint8Array.of(0));
    for (let id = 0; id < 150; id++) {
      const { socket, ids } = await call(port);
      socket.write(frame(message(id, AT_ONCE)));
      await until(() => ids.length === 1);
      socket.destroy();
    }
    expect(new Set(said)).toEqual(new Set(['closed: displaced', 'closed: undefined']));
  });

  test('has more connections than one may, and its longest idle goes', async () => {
    const { port, said } = await serve({ maxConnectionsPerClient: 2 });
    const first = await call(port);
    const second = await call(port);
    const third = await call(port);
    await until(first.isClosed);
    expect(said).toEqual(['closed: displaced']);
    for (const { socket } of [second, third]) socket.write(frame(message(5, AT_ONCE)));
    await until(() => second.ids.length === 1 && third.ids.length === 1);
  });

  test('has as many as one may, all of which wait for us', async () => {
    const { port, held, said } = await serve({ maxConnectionsPerClient: 1 });
    const first = await call(port);
    first.socket.write(frame(message(5, HELD)));
    await until(() => held.length === 1);
    const second = await call(port);
    await until(second.isClosed);
    expect(said).toEqual(['refused: client-limit']);
    held[0]!();
    await until(() => first.ids.length === 1);
  });
});

test('closing does not wait for those who have asked nothing', async () => {
  const { listener, port } = await serve();
  const callers = await Promise.all([call(port), call(port)]);
  callers[0].socket.write(frame(message(1, AT_ONCE)).subarray(0, 5));
  await until(() => callers[0].socket.bytesWritten === 5);
  await listener.close();
  await until(() => callers.every(({ isClosed }) => isClosed()));
});

test('a connection that the kernel cannot accept is counted, and harms nobody', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  closing.push(() => listen.mockRestore());
  const { port, said } = await serve();
  (listen.mock.contexts[0] as Server).emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  const { socket, ids } = await call(port);
  socket.write(frame(message(1, AT_ONCE)));
  await until(() => ids.length === 1);
  expect(said).toEqual(['failed: accept EMFILE']);
});
