/** Two sockets share a port and one closes: no query is lost. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import type { Listener, Respond } from './listener.ts';
import { chooseUdp } from './udp.ts';

const CLIENTS = 64;
/** Packets per client: together more than one turn of the event loop reads. */
const BURST = 40;

test.skipIf(process.platform !== 'linux').each([['127.0.0.1'], ['::1'], ['0.0.0.0']])(
  'UDP on %s: what was sent to the one that closes is answered by it, or by the others',
  async (host) => {
    const { listener } = await chooseUdp('batched');
    const answered = [0, 0];
    const make = (which: 0 | 1, port: number): Listener => {
      const respond: Respond = (_packet, length) => {
        answered[which]!++;
        return length;
      };
      return listener({ endpoint: { host, port }, respond, clock: systemClock, reusePort: true, receiveBuffer: 4 << 20 });
    };
    const leaving = make(0, 0);
    await leaving.listen();
    const port = Number(new URL(leaving.url).port);
    const staying = make(1, port);
    await staying.listen();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => client(host === '0.0.0.0' ? '127.0.0.1' : host, port)));

    let sent = 0;
    const received = (): number => clients.reduce((sum, { count }) => sum + count(), 0);
    const burst = (): void => {
      for (let i = 0; i < BURST; i++) for (const { socket } of clients) socket.send(Buffer.alloc(40, i));
      sent += BURST * CLIENTS;
    };
    burst();
    await until(() => received() === sent);
    expect(answered.every((count) => count > 0)).toBe(true);

    burst();
    const closed = leaving.close();
    burst();
    await closed;
    burst();
    await until(() => received() === sent, { limit: 3000, shown: () => `${received()} of ${sent} answered` });
    await staying.close();
    for (const { socket } of clients) socket.close();
  },
);

async function client(host: string, port: number): Promise<{ socket: Socket; count: () => number }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let count = 0;
  socket.on('message', () => count++);
  socket.connect(port, host);
  await once(socket, 'connect');
  socket.setRecvBufferSize(1 << 20);
  return { socket, count: () => count };
}
