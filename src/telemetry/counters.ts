/** Counters in shared memory: one block per thread, written by that thread alone and read by the main thread at scrape. */
import { bucketOf } from './buckets.ts';
import { CELLS, cellOf, cells, type CellName } from './cells.ts';

/**
 * One thread's cells (cells.ts). Plain stores suffice: a block has one writer, and every 64-bit machine writes a double in one piece.
 * A reader may see a histogram's bucket before its sum; the next scrape has both.
 */
export type Counters = Float64Array;

/** Allocates a block to post to a thread, which wraps it with `countersOver`. */
export function countersBlock(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT);
}

export function countersOver(block: SharedArrayBuffer): Counters {
  return new Float64Array(block);
}

/** Counts one value of a histogram; only for what is off the path of every answer. */
export function observe(counters: Counters, name: CellName, value: number, ...indexes: readonly number[]): void {
  const bounds = cells[name].bounds ?? [];
  const cell = cellOf(name, ...indexes);
  counters[cell + bucketOf(bounds, value)]! += 1;
  counters[cell + bounds.length + 1]! += value;
}

/** Adds up the blocks cell by cell. */
export function sumOf(blocks: readonly Counters[]): Counters {
  const total = new Float64Array(CELLS);
  for (const block of blocks) for (let i = 0; i < CELLS; i++) total[i]! += block[i]!;
  return total;
}
