/** Where the lines of the query log go: standard output, or appended to a file. */
import { openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import type { LineSink } from './query-log.ts';

const writeSome = promisify(write);

/** Pause before retrying a write that failed with EAGAIN, as on a pipe with a slow reader, ms. */
const PAUSE = 10;

/** `path` undefined: standard output. Throws an explanatory error when the file cannot be opened. */
export function lineSink(path: string | undefined, clock: Clock): LineSink {
  const descriptor = path === undefined ? 1 : opened(path);
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

function opened(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (error) {
    const reason = `--query-log-file ${path} cannot be written (${(error as Error).message})`;
    throw new Error(`${reason}: name a file in a folder that is there and that this user may write to`, { cause: error });
  }
}
