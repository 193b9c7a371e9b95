/**
 * Logs more lines into a pipe that does not block than it holds, then reads it: `node full-pipe.ts PIPE LINES`. A program of its own, since what is
 * tested for is a thread that sleeps. Prints what came of it as JSON.
 */
import { constants, openSync, readSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { cellOf } from '../../src/telemetry/cells.ts';
import { countersBlock, countersOver } from '../../src/telemetry/counters.ts';
import { lineStream } from '../../src/telemetry/log.ts';

export interface FullPipeResult {
  /** Turns of the event loop while the pipe was full. */
  readonly turns: number;
  /** Lines counted as lost. */
  readonly lost: number;
  /** Lines read, as numbers; those of a wrong length are NaN. */
  readonly read: readonly number[];
}

/** Octets of a line. */
const LINE = 1024;

const [path, count] = process.argv.slice(2);
const fd = openSync(path!, constants.O_RDWR | constants.O_NONBLOCK);
const counters = countersOver(countersBlock());
const stream = lineStream(fd, counters);
const write = (number: number): void => stream.write(`${String(number).padEnd(LINE - 1)}\n`);
const lost = (): number => counters[cellOf('logLost')]!;

for (let i = 0; i < Number(count); i++) write(i);
let turns = 0;
const end = performance.now() + 300;
while (performance.now() < end) {
  await wait(1);
  turns++;
}

const buffer = Buffer.alloc(1 << 20);
let length = 0;
/** Reads until so many lines have come. */
async function readUntil(lines: number): Promise<void> {
  while (length < lines * LINE) {
    try {
      length += readSync(fd, buffer, { offset: length });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await wait(5);
    }
  }
}
const kept = Number(count) - lost();
await readUntil(kept);
write(Number(count));
await readUntil(kept + 1);

const lines = buffer.subarray(0, length).toString().split('\n').slice(0, -1);
const read = lines.map((line) => (line.length === LINE - 1 ? Number(line) : NaN));
console.log(JSON.stringify({ turns, lost: lost(), read } satisfies FullPipeResult));
