/** Writes into a thread's cells what that thread uses: CPU, heap, event loop, garbage collection. Runs in the thread itself. */
import { monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';

const INTERVAL = 5000;
/** Period of sampling the loop's delay, ms: a stall is reported up to that much too short. At 20 ms, sampling was half of what an idle server did. */
const RESOLUTION = 50;

/** Runs until the returned function is called; does not keep the thread alive. */
export function watchThread(counters: Counters): () => void {
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      counters[cellOf('collections')]! += 1;
      counters[cellOf('collectionSeconds')]! += entry.duration / 1000;
    }
  });
  collections.observe({ entryTypes: ['gc'] });
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const write = (): void => {
    const heap = getHeapStatistics();
    const loop = performance.eventLoopUtilization();
    const cpu = process.threadCpuUsage();
    counters[cellOf('heapUsed')] = heap.used_heap_size;
    counters[cellOf('heapTotal')] = heap.total_heap_size;
    counters[cellOf('loopActive')] = loop.active / 1000;
    counters[cellOf('loopIdle')] = loop.idle / 1000;
    counters[cellOf('cpu')] = (cpu.user + cpu.system) / 1e6;
    // The histogram holds the time between two samples, in ns.
    counters[cellOf('loopDelay')] = delay.max === 0 ? 0 : Math.max(0, delay.max / 1e9 - RESOLUTION / 1000);
    delay.reset();
  };
  write();
  const timer = setInterval(write, INTERVAL).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
    collections.disconnect();
  };
}
