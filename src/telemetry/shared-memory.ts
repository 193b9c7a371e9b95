/** The memory through which serving threads tell the main thread what they count and record. */
import { cells } from './cells.ts';
import { countersBlock, countersOver, type Counters } from './counters.ts';
import { ownMetrics } from './metrics.ts';
import { ringBlock } from './query-ring.ts';
import { slotsBlock } from './slots.ts';

/** What one serving thread is given; to be posted. */
export type ThreadMemory = Readonly<Record<'counters' | 'slots' | 'ring', SharedArrayBuffer>>;

export interface SharedMemory {
  /** The main thread's own counters. */
  readonly main: Counters;
  readonly slots: SharedArrayBuffer;
  readonly threads: readonly ThreadMemory[];
  /** For createMetrics: the main thread's block and then the serving threads'. */
  readonly blocks: readonly SharedArrayBuffer[];
}

/** `ringSize`: octets for each thread's query log. */
export function sharedMemory(threads: number, ringSize: number): SharedMemory {
  const main = countersBlock();
  const slots = slotsBlock();
  const all = Array.from({ length: threads }, () => ({ counters: countersBlock(), slots, ring: ringBlock(ringSize) }));
  return { main: countersOver(main), slots, threads: all, blocks: [main, ...all.map(({ counters }) => counters)] };
}

/** The counters of a serving thread that starts. Where it takes the place of a crashed one, counts go on, and what that one held is gone. */
export function threadCounters(block: SharedArrayBuffer): Counters {
  const counters = countersOver(block);
  for (const metric of ownMetrics) {
    if (metric.type !== 'gauge' || 'read' in metric) continue;
    const { start, sets, width } = cells[metric.cells];
    counters.fill(0, start, start + sets * width);
  }
  return counters;
}
