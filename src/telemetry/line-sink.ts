/** Where the lines of the query log go: standard output, or the end of a file. */
import { openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import type { LineSink } from './query-log.ts';

const writeSome = promisify(write);

/** A pipe whose reader is slow says EAGAIN; it is asked again after so many ms. */
const PAUSE = 10;

/** `path` undefined: standard output. Throws the system's error when the file cannot be opened. */
export function lineSink(path: string | undefined, clock: Clock): LineSink {
  const descriptor = path === undefined ? 1 : openSync(path, 'a', 0o640);
  return async (lines) => {
    let from = 0;
    while (from < lines.length) {
      try {
        const { bytesWritten } = await writeSome(descriptor, lines, from);
        from += bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await clock.wait(PAUSE);
      }
    }
  };
}
