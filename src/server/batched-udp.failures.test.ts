/** What batched UDP does where the event loop or the kernel refuses. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { batchedUdpListener } from './batched-udp.ts';
import { loadLibc } from './libc.ts';
import type { UdpOptions } from './udp-options.ts';

const common: UdpOptions = { endpoint: { host: '127.0.0.1', port: 0 }, respond: (_packet, length) => length, clock: systemClock };

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
});
