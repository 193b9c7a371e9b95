/** The memory that serving threads share with the main thread: their counters, the names of slots, and records of queries. */
import { cells } from './cells.ts';
import { countersBlock, countersOver, type Counters } from './counters.ts';
import { ownMetrics } from './metrics.ts';
import { ringBlock } from './query-ring.ts';
import { slotsBlock } from './slots.ts';

/** The blocks given to one serving thread; to be posted. */
export type ThreadMemory = Readonly<Record<'counters' | 'slots' | 'ring', SharedArrayBuffer>>;

export interface SharedMemory {
  /** The main thread's own counters. */
  readonly main: Counters;
  readonly slots: SharedArrayBuffer;
  readonly threads: readonly ThreadMemory[];
  /** For createMetrics: the main thread's block, then the serving threads'. */
  readonly blocks: readonly SharedArrayBuffer[];
}

/** `ringSize`: octets of each thread's query ring. */
export function sharedMemory(threads: number, ringSize: number): SharedMemory {
  const main = countersBlock();
  const slots = slotsBlock();
  const all = Array.from({ length: threads }, () => ({ counters: countersBlock(), slots, ring: ringBlock(ringSize) }));
  return { main: countersOver(main), slots, threads: all, blocks: [main, ...all.map(({ counters }) => counters)] };
}

/** Wraps the counters of a starting serving thread. Where it replaces a crashed one, counters continue and gauges are reset. */
export function threadCounters(block: SharedArrayBuffer): Counters {
  const counters = countersOver(block);
  for (const metric of ownMetrics) {
    if (metric.type !== 'gauge' || 'read' in metric) continue;
    const { start, sets, width } = cells[metric.cells];
    counters.fill(0, start, start + sets * width);
  }
  return counters;
}
