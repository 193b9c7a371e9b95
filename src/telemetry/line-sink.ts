/** Where the lines of the query log go: standard output, or appended to a file. */
import { constants, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import { UnwrittenError, type LineSink } from './query-log.ts';

const writeSome = promisify(write);

/** Pause before retrying a write that failed with EAGAIN, as on a pipe with a slow reader, ms. */
const PAUSE = 10;

/**
 * `path` undefined: standard output. Once `givingUp` aborts, the sink no longer waits for a slow reader, and writes nothing more, as that would follow half
 * a line. Throws an explanatory error when the file cannot be opened.
 */
export function lineSink(path: string | undefined, clock: Clock, givingUp: AbortSignal): LineSink {
  const descriptor = path === undefined ? 1 : opened(path);
  return async (lines) => {
    let from = 0;
    while (from < lines.length) {
      try {
        givingUp.throwIfAborted();
        const { bytesWritten } = await writeSome(descriptor, lines, from);
        from += bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw new UnwrittenError(error as Error, from);
        await clock.wait(PAUSE, givingUp).catch(() => undefined);
      }
    }
  };
}

/** Not waiting for the reader of a pipe, such as /dev/stdout: a write that waits would keep the process from ending. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

const NO_READER = 'a named pipe has to be open for reading before: start its reader first';

function opened(path: string): number {
  try {
    return openSync(path, FLAGS, 0o640);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy = code === 'ENXIO' ? NO_READER : 'name a file in a folder that is there and that this user may write to';
    throw new Error(`--query-log-file ${path} cannot be written (${message}): ${remedy}`, { cause: error });
  }
}
