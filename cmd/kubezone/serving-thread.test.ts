import { expect, test } from 'vitest';
import { nothingChanges } from '../../test/fakes/update.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import { load } from '../../src/config/load.ts';
import { controlTelemetry } from './control-telemetry.ts';
import { ServingThreads } from './serving-threads.ts';

/** A clock by which no thread is given up. */
const patient: Clock = { ...systemClock, wait: () => new Promise(() => undefined) };

test('a thread says of every update that it has taken it, and of those its zones are made anew from', async () => {
  const loaded = load(['--upstream=127.0.0.1:9', '--log-level=error'], {}, () => '');
  if ('errors' in loaded) throw new Error('options');
  const { options } = loaded;
  const telemetry = controlTelemetry(options);
  let read = 0;
  const threads = new ServingThreads({
    count: 1,
    entry: new URL('main.ts', import.meta.url),
    data: (index) => ({
      index,
      options,
      listen: [{ host: '127.0.0.1', port: 0 }],
      sharePorts: false,
      memory: telemetry.memory(index),
      cookieSecret: new Uint8Array(16),
      loopToken: 'token',
    }),
    *catchUp() {
      for (read = 0; read < 3; read++) yield nothingChanges;
    },
    current: () => [],
    clock: patient,
    log: () => undefined,
  });
  try {
    await threads.start();
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => threads.whenTaken(resolve));
      threads.post(nothingChanges);
    }
    threads.reload({ ...options, ttl: 7 });
    await expect.poll(() => read, { timeout: 10_000 }).toBe(3);
  } finally {
    // With this clock a grace period would never end.
    await threads.close(0);
    await telemetry.close();
  }
}, 20_000);
