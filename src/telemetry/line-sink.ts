/** Where the lines of the query log go: standard output, or appended to a file. */
import { close, constants, fstatSync, openSync, write, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import type { Log } from './log.ts';
import { UnwrittenError, type LineSink } from './query-log.ts';

const writeSome = promisify(write);

/** Pause before retrying a write that failed with EAGAIN, as on a pipe with a slow reader, ms. */
const PAUSE = 10;

/** Least time between two looks at whether the file was renamed, ms. */
const LOOK = 1000;

export interface LineSinkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly givingUp: AbortSignal;
  /** Writes octets from an offset on; by default to the system. */
  readonly write?: (descriptor: number, octets: Uint8Array, from: number) => Promise<{ readonly bytesWritten: number }>;
}

const NEWLINE = 0x0a;
const END_OF_LINE = Uint8Array.of(NEWLINE);

/**
 * `path` undefined: standard output. Once `givingUp` aborts, the sink no longer waits for a slow reader, and writes nothing more, as that would follow half
 * a line. Throws an explanatory error when the file cannot be opened.
 */
export function lineSink(path: string | undefined, { clock, log, givingUp, write = writeSome }: LineSinkParts): LineSink {
  const current = path === undefined ? () => Promise.resolve(1) : followed(path, clock, log);
  const writeAll = async (descriptor: number, octets: Uint8Array): Promise<void> => {
    let from = 0;
    while (from < octets.length) {
      try {
        givingUp.throwIfAborted();
        from += (await write(descriptor, octets, from)).bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw new UnwrittenError(error as Error, from);
        await clock.wait(PAUSE, givingUp).catch(() => undefined);
      }
    }
  };
  /** What ends in half a line, as where the disk became full: the next line would be lost with it. */
  let torn: number | undefined;
  return async (lines) => {
    const descriptor = await current();
    if (descriptor === torn) await writeAll(descriptor, END_OF_LINE);
    torn = undefined;
    try {
      await writeAll(descriptor, lines);
    } catch (error) {
      const { written } = error as UnwrittenError;
      if (written > 0 && lines[written - 1] !== NEWLINE) torn = descriptor;
      throw error;
    }
  };
}

/** Returns the descriptor to write to, which is another once the path is no longer the file written to, as when logrotate has renamed that. */
function followed(path: string, clock: Clock, log: Log): () => Promise<number> {
  let descriptor = opened(path);
  let file = fstatSync(descriptor);
  let lookedAt = clock.monotonic();
  return async () => {
    if (clock.monotonic() - lookedAt < LOOK) return descriptor;
    lookedAt = clock.monotonic();
    if (isSame(file, await stat(path).catch(() => undefined))) return descriptor;
    try {
      const next = opened(path);
      close(descriptor, () => undefined);
      descriptor = next;
      file = fstatSync(descriptor);
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the query log goes on in the file that was renamed or removed');
    }
    return descriptor;
  };
}

function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev;
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
