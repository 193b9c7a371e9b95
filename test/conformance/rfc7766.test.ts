/** RFC 7766: DNS over TCP. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Rcode } from '../../src/wire/iana.ts';
import { Deframer, frame } from '../../src/upstream/framing.ts';
import { recordedUpstream } from '../fakes/upstream.ts';
import { message, opt, readResponse, type Response } from './message.ts';
import { serveRecorded } from './served.ts';

const IDLE = 600;
const served = serveRecorded(['--tcp-idle-timeout', `${IDLE}ms`, '--upstream-budget', '500ms'], (name, type) =>
  name === 'silent.example.test' ? undefined : recordedUpstream(name, type),
);
const web = 'web.shop.svc.cluster.local';
const open: Socket[] = [];
afterEach(() => open.splice(0).forEach((socket) => socket.destroy()));

interface Connection {
  readonly socket: Socket;
  /** Resolves to the next `count` responses, in the order received. */
  receive(count: number): Promise<Response[]>;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<unknown>;
}

async function connection(): Promise<Connection> {
  const socket = connect({ host: '127.0.0.1', port: served.port, noDelay: true, allowHalfOpen: true });
  open.push(socket);
  const deframer = new Deframer();
  const received: Response[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const response of deframer.push(chunk)) received.push(readResponse(response));
  });
  const closed = Promise.race([once(socket, 'end'), once(socket, 'close')]);
  await once(socket, 'connect');
  return {
    socket,
    closed,
    async receive(count) {
      await expect.poll(() => received.length, { interval: 5, timeout: 10_000 }).toBeGreaterThanOrEqual(count);
      return received.splice(0, count);
    },
  };
}

const query = (id: number, name = web): Buffer => Buffer.from(frame(message({ id, name, edns: [opt()] })));
const ids = (responses: readonly Response[]): number[] => responses.map(({ id }) => id);

test('6.2.1: one connection, one query after the other', async () => {
  const { socket, receive } = await connection();
  for (let id = 1; id <= 20; id++) {
    socket.write(query(id));
    expect(await receive(1)).toMatchObject([{ id, rcode: Rcode.NOERROR, flags: 'qr aa rd ra' }]);
  }
});

test('6.2.1.1: many queries at once, in one segment', async () => {
  const { socket, receive } = await connection();
  const all = Array.from({ length: 500 }, (_, id) => query(id));
  socket.write(Buffer.concat(all));
  const responses = await receive(500);
  expect(ids(responses).sort((a, b) => a - b)).toEqual(all.map((_, id) => id));
});

test('6.2.1.1, 7: answers go as they are ready, not in the order of the queries', async () => {
  const { socket, receive } = await connection();
  socket.write(Buffer.concat([query(1, 'silent.example.test'), query(2, 'www.example.test'), query(3)]));
  const responses = await receive(3);
  expect(ids(responses)).toEqual([3, 2, 1]);
  expect(responses[2]).toMatchObject({ rcode: Rcode.SERVFAIL, question: { name: 'silent.example.test.' } });
});

test('8: a message in segments of one octet', async () => {
  const { socket, receive } = await connection();
  for (const octet of Buffer.concat([query(1), query(2)])) {
    socket.write(Buffer.from([octet]));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(ids(await receive(2))).toEqual([1, 2]);
});

test('8: the length and the message apart, two messages across a boundary', async () => {
  const { socket, receive } = await connection();
  const both = Buffer.concat([query(1), query(2)]);
  for (const [start, end] of [
    [0, 1],
    [1, 2],
    [2, 50],
    [50, 62],
    [62, both.length],
  ] as const) {
    socket.write(both.subarray(start, end));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(ids(await receive(2))).toEqual([1, 2]);
});

test('5: what was truncated over UDP is whole over TCP', async () => {
  const name = 'wide.media.svc.cluster.local';
  expect((await served.ask({ name })).flags).toContain('tc');
  const { socket, receive } = await connection();
  socket.write(query(1, name));
  expect((await receive(1))[0]!.answers).toHaveLength(100);
});

test('6.2.4: a client that sends no more still gets its answers, then the end', async () => {
  const { socket, receive, closed } = await connection();
  socket.end(Buffer.concat([query(1), query(2, 'www.example.test')]));
  expect(ids(await receive(2)).sort()).toEqual([1, 2]);
  await closed;
});

test('6.2.3: an idle connection is closed, one that asks is not', async () => {
  const idle = await connection();
  const busy = await connection();
  const asking = setInterval(() => busy.socket.write(query(7)), IDLE / 4);
  await idle.closed;
  expect(busy.socket.readyState).toBe('open');
  clearInterval(asking);
});

test.each([
  ['a length below a header', Buffer.from([0, 11, ...Buffer.alloc(11)])],
  ['a length of nothing', Buffer.from([0, 0])],
])('8: %s ends the connection, and only that one', async (_, octets) => {
  const bad = await connection();
  const good = await connection();
  bad.socket.write(octets);
  await bad.closed;
  good.socket.write(query(1));
  expect(ids(await good.receive(1))).toEqual([1]);
});

test('RFC 1035 7.3: a response among queries is passed over', async () => {
  const { socket, receive } = await connection();
  socket.write(Buffer.concat([frame(message({ id: 1, flags: 0x8180, name: web })), query(2)]));
  expect(ids(await receive(1))).toEqual([2]);
});

test('RFC 7828 3.2.2: edns-tcp-keepalive over UDP is ignored', async () => {
  const { rcode, edns } = await served.ask({ name: web, edns: [opt({ options: [[11, Buffer.alloc(0)]] })] });
  expect([rcode, edns!.options]).toEqual([Rcode.NOERROR, {}]);
});
