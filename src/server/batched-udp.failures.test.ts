/** What batched UDP does where the event loop or the kernel refuses. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { batchedUdpListener } from './batched-udp.ts';
import { loadLibc, type Libc } from './libc.ts';
import type { Respond } from './listener.ts';
import { unobserved, type ListenerObserver } from './observer.ts';
import type { UdpOptions } from './udp-options.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const LATER = 9;

/** Answers with the question: later if the first octet is LATER, else at once. */
const echo: Respond = (packet, length, _client, _receivedAt, _target, later) => {
  if (packet[0] !== LATER) return length;
  const response = packet.slice(0, length);
  setImmediate(() => later(response));
  return -1;
};

const common: UdpOptions = { endpoint: { host: '127.0.0.1', port: 0 }, respond: echo, clock: systemClock };

describe.skipIf(process.platform !== 'linux')('batched UDP', () => {
  test('where the event loop refuses, no descriptor is left', async () => {
    const refused = (): never => {
      throw new Error('refused');
    };
    const libc = loadLibc();
    const before = readdirSync('/proc/self/fd').length;
    await expect(batchedUdpListener(common, { ...libc, wake: refused }).listen()).rejects.toThrow('refused');
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('packets that the kernel dropped just before the listener closes are counted', async () => {
    const SO_MEMINFO = 55;
    const libc = loadLibc();
    const getOption: Libc['getOption'] = (fd, level, option, into) => {
      if (option !== SO_MEMINFO) return libc.getOption(fd, level, option, into);
      new Uint32Array(into.buffer)[8] = 7;
      return true;
    };
    const drops: number[] = [];
    const observer: ListenerObserver = { ...unobserved, kernelDrops: (count) => void drops.push(count) };
    const listener = batchedUdpListener({ ...common, observer }, { ...libc, getOption });
    await listener.listen();
    await listener.close();
    expect(drops).toEqual([7]);
  });

  test('a send buffer that stays full delays a batch by 5 ms, and later answers by as much, however many they are', async () => {
    let [waited, lost, flushes] = [0, 0, 0];
    const batches: number[] = [];
    const observer: ListenerObserver = {
      ...unobserved,
      batch: (_received, _sent, elapsed) => void batches.push(elapsed),
      sentLater: () => flushes++,
      failed: (_call, _code, count) => (lost += count),
    };
    const libc: Libc = {
      ...loadLibc(),
      sendMany: () => -1,
      errno: () => constants.errno.EAGAIN,
      waitWritable: (_fd, ms) => void (waited += ms),
    };
    const listener = batchedUdpListener({ ...common, observer, clock: { ...systemClock, monotonic: () => waited } }, libc);
    await listener.listen();
    closing.push(() => listener.close());
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    socket.connect(Number(new URL(listener.url).port), '127.0.0.1');
    await once(socket, 'connect');
    for (let i = 0; i < 40; i++) socket.send(Uint8Array.of(i % 2 === 0 ? 1 : LATER, i, 1, 0));
    await until(() => lost === 40);
    expect(Math.max(...batches)).toBe(5);
    expect(waited).toBeGreaterThanOrEqual(10);
    expect(waited).toBeLessThanOrEqual(5 * (batches.length + flushes));
  });
});
