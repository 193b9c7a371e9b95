/** Which UDP listener is chosen, and the reason given; what both count, and what only node:dgram needs. */
import { createSocket, Socket } from 'node:dgram';
import { expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { dgramUdpListener } from './dgram-udp.ts';
import type { Respond } from './listener.ts';
import { unobserved, type ListenerObserver } from './observer.ts';
import { chooseUdp, type Udp } from './udp.ts';

const absent = (): Promise<Udp> => Promise.reject(new Error("Cannot find package 'koffi'"));
const present = (): Promise<Udp> => Promise.resolve({ mode: 'batched', listener: dgramUdpListener });

test.for([
  { mode: 'auto', load: present, chosen: 'batched', because: undefined },
  { mode: 'auto', load: absent, chosen: 'dgram', because: "Cannot find package 'koffi'" },
  { mode: 'batched', load: present, chosen: 'batched', because: undefined },
  { mode: 'dgram', load: present, chosen: 'dgram', because: undefined },
] as const)('$mode', async ({ mode, load, chosen, because }) => {
  const udp = await chooseUdp(mode, load);
  expect(udp.mode).toBe(chosen);
  expect(udp.because).toBe(because);
});

test('batched, where it cannot be had', async () => {
  await expect(chooseUdp('batched', absent)).rejects.toThrow("--udp batched: Cannot find package 'koffi'; auto or dgram work everywhere");
});

/** Octets that no datagram can have. */
const TOO_LONG = 65_600;

test.for(['batched', 'dgram'] as const)('%s counts an answer as sent or as lost, not as both', async (mode, { skip }) => {
  if (mode === 'batched' && process.platform !== 'linux') skip();
  const counts = { received: 0, sent: 0, lost: 0 };
  const observer: ListenerObserver = {
    ...unobserved,
    batch: (received, sent) => {
      counts.received += received;
      counts.sent += sent;
    },
    sentLater: (count) => (counts.sent += count),
    failed: (_call, _code, lost) => (counts.lost += lost),
  };
  // The first octet says whether the answer comes later, the second whether it is too long.
  const respond: Respond = ([isLate, isLong], length, _client, _receivedAt, _target, later) => {
    const size = isLong === 1 ? TOO_LONG : length;
    if (isLate !== 1) return size;
    setImmediate(() => later(new Uint8Array(size)));
    return -1;
  };
  const { listener: make } = await chooseUdp(mode);
  const listener = make({ endpoint: { host: '127.0.0.1', port: 0 }, respond, clock: systemClock, observer, payloadSize: TOO_LONG });
  await listener.listen();
  const client = createSocket('udp4');
  onTestFinished(async () => {
    client.close();
    await listener.close();
  });
  const { port } = new URL(listener.url);
  for (const isLate of [0, 1]) for (const isLong of [0, 1, 0]) client.send(Uint8Array.of(isLate, isLong), Number(port), '127.0.0.1');
  await until(() => counts.received === 6 && counts.sent + counts.lost >= 6);
  expect(counts).toEqual({ received: 6, sent: 4, lost: 2 });
});

/** The function node:dgram calls with each packet, called directly: forging a source port needs a privilege. */
type Receive = (packet: Uint8Array, remote: { address: string; port: number }) => void;

test('a packet from port 0, to which nothing can be sent, is not asked and harms nobody', async () => {
  const on = vi.spyOn(Socket.prototype, 'on');
  onTestFinished(() => on.mockRestore());
  const asked: number[] = [];
  const listener = dgramUdpListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    respond: (_packet, length, { port }) => {
      asked.push(port);
      return length;
    },
  });
  await listener.listen();
  const receive = on.mock.calls.find(([event]) => (event as string) === 'message')![1] as unknown as Receive;
  for (const port of [0, 9]) receive(new Uint8Array(12), { address: '127.0.0.1', port });
  await listener.close();
  expect(asked).toEqual([9]);
});

test('a receive buffer that the system refuses is reported, and node:dgram listens all the same', async () => {
  const refuse = vi.spyOn(Socket.prototype, 'setRecvBufferSize').mockImplementation(() => {
    throw new Error('ENOBUFS');
  });
  onTestFinished(() => refuse.mockRestore());
  const failures: unknown[] = [];
  const listener = dgramUdpListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    respond: () => 0,
    receiveBuffer: 1 << 20,
    observer: { ...unobserved, failed: (...what) => failures.push(what) },
  });
  await listener.listen();
  await listener.close();
  expect(failures).toEqual([['setsockopt', 'ENOBUFS', 0]]);
});
