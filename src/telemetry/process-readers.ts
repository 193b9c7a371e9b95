/** What the process reports of itself at scrape; file descriptors and virtual size only where there is a /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Facts } from './metric.ts';
import type { Readers } from './registry.ts';

export function processReaders(facts: Facts, clock: Clock): Readers {
  const started = clock.now() / 1000 - process.uptime();
  return {
    kubezone_build_info: () => [{ labels: { version: facts.version, revision: facts.revision, runtime: facts.runtime }, value: 1 }],
    process_cpu_seconds_total: () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    },
    process_resident_memory_bytes: () => [{ value: process.memoryUsage.rss() }],
    process_virtual_memory_bytes: () => numberIn('/proc/self/status', /^VmSize:\s+(\d+) kB/m, 1024),
    process_start_time_seconds: () => [{ value: started }],
    process_open_fds: () => [{ value: readdirSync('/proc/self/fd').length }],
    process_max_fds: () => numberIn('/proc/self/limits', /^Max open files\s+(\d+)/m, 1),
  };
}

/** Returns the number that `pattern` captures in a file of /proc, times `unit`; nothing if it does not match. */
export function numberIn(path: string, pattern: RegExp, unit: number): { value: number }[] {
  const found = pattern.exec(readFileSync(path, 'utf8'))?.[1];
  return found === undefined ? [] : [{ value: Number(found) * unit }];
}
