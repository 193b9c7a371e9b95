import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { processReaders } from './process-readers.ts';

const readers = processReaders({ version: '1.2.3', revision: 'abc', runtime: 'v26', servers: {} }, systemClock);
const read = (name: string): number => [...readers[name]!()][0]!.value;

test('what the process has used, in seconds and octets', () => {
  const { user, system } = process.cpuUsage();
  expect(read('process_cpu_seconds_total') - (user + system) / 1e6).toBeCloseTo(0, 0);
  expect(read('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())).toBeCloseTo(0, 0);
  expect(read('process_resident_memory_bytes')).toBeGreaterThan(1e7);
});

test.skipIf(!existsSync('/proc/self/limits'))('what only /proc knows', () => {
  expect(read('process_virtual_memory_bytes')).toBeGreaterThan(read('process_resident_memory_bytes'));
  expect(read('process_open_fds')).toBeGreaterThan(2);
  expect(read('process_max_fds')).toBeGreaterThan(read('process_open_fds'));
});
