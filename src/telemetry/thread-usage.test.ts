import { performance } from 'node:perf_hooks';
import { expect, test, vi } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { cellOf, type CellName } from './cells.ts';
import { countersBlock, countersOver } from './counters.ts';
import { watchThread } from './thread-usage.ts';

test('what a thread uses, in seconds and octets, and the longest delay of its last interval', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const counters = countersOver(countersBlock());
  const stop = watchThread(counters);
  try {
    const cell = (name: CellName): number => counters[cellOf(name)]!;
    const pass = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
    await pass(120);
    const end = performance.now() + 400;
    let garbage: object[] = [];
    while (performance.now() < end) garbage = Array.from({ length: 1000 }, (_, i) => ({ i, garbage: garbage.length }));
    await pass(120);
    vi.advanceTimersByTime(5000);
    const { active, idle } = performance.eventLoopUtilization();
    expect(cell('loopActive') - active / 1000).toBeCloseTo(0, 0);
    expect(cell('loopIdle') - idle / 1000).toBeCloseTo(0, 0);
    const { user, system } = process.threadCpuUsage();
    expect(cell('cpu') - (user + system) / 1e6).toBeCloseTo(0, 0);
    expect(cell('heapUsed')).toBeGreaterThan(1e6);
    expect(cell('heapTotal')).toBeGreaterThanOrEqual(cell('heapUsed') / 2);
    expect(cell('collections')).toBeGreaterThan(0);
    expect(cell('collectionSeconds')).toBeGreaterThan(0);
    expect(cell('collectionSeconds')).toBeLessThan(performance.now() / 1000);
    expect(cell('loopDelay')).toBeGreaterThan(0.3);
    expect(cell('loopDelay')).toBeLessThan(20);
    const another = async (): Promise<void> => {
      await pass(120);
      vi.advanceTimersByTime(5000);
    };
    await until(() => cell('loopDelay') < 0.3, { between: another });
  } finally {
    stop();
    vi.useRealTimers();
  }
});
