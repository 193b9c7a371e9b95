/** Counts in shared memory: one block a thread, written by that thread alone, read by the main thread at scrape. */
import { bucketOf } from './buckets.ts';
import { CELLS, cellOf, cells, type CellName } from './cells.ts';

/**
 * One thread's cells (cells.ts says which). Plain stores: nobody else writes them, and a double is written whole on every 64-bit machine.
 * A reader may see a histogram's bucket and not yet its sum; the next scrape has both.
 */
export type Counters = Float64Array;

/** A block to be shared with a thread: post it, and wrap it there with `countersOver`. */
export function countersBlock(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT);
}

export function countersOver(block: SharedArrayBuffer): Counters {
  return new Float64Array(block);
}

/** Counts one value of a histogram; for what is not on the path of every answer. */
export function observe(counters: Counters, name: CellName, value: number, ...indexes: readonly number[]): void {
  const bounds = cells[name].bounds ?? [];
  const cell = cellOf(name, ...indexes);
  counters[cell + bucketOf(bounds, value)]! += 1;
  counters[cell + bounds.length + 1]! += value;
}

/** The blocks added up, cell by cell. */
export function sumOf(blocks: readonly Counters[]): Counters {
  const total = new Float64Array(CELLS);
  for (const block of blocks) for (let i = 0; i < CELLS; i++) total[i]! += block[i]!;
  return total;
}
