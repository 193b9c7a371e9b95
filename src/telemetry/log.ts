/** The program's log: JSON lines on standard error, each message at most once in ten seconds, and a limited number of lines per level. */
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
/** `silent` logs nothing. */
export type LeastLevel = LogLevel | 'silent';
export type Fields = Readonly<Record<string, unknown>>;

/** Repeats are recognized by the message, so what varies belongs in the fields. `changed` names what a line tells the new state of. */
export type Log = Readonly<Record<LogLevel, (fields: Fields, message: string) => void>>;

export interface ProgramLog extends Log {
  /** Takes effect at once. */
  setLevel(level: LeastLevel): void;
}

export interface LogOptions {
  readonly level: LeastLevel;
  readonly clock: Clock;
  /** The thread's own. */
  readonly counters: Counters;
  readonly version: string;
  /** Standard error if absent. */
  readonly destination?: DestinationStream | undefined;
}

export function createLog({ level, clock, counters, version, destination }: LogOptions): ProgramLog {
  const stream = destination ?? lineStream(2, counters);
  const timestamp = (): string => `,"time":"${new Date(clock.now()).toISOString()}"`;
  const formatters = { level: (label: string) => ({ level: label }) };
  // Every level: `fromLevel` decides, so that only lines of levels that are enabled count as repeats.
  const logger = pino({ level: 'trace', timestamp, formatters, base: { version }, errorKey: 'error', messageKey: 'message' }, stream);
  return fromLevel(level, limitRepeats(writer(logger, counters), clock, counters));
}

/** Octets of lines that wait for a descriptor that takes none; further lines are lost, and counted. */
const MOST_WAITING = 64 << 10;
/** Time until a line that a full pipe did not take is tried again, ms. */
const RETRY = 10;

/**
 * Writes lines to a descriptor, synchronously, because the last line before an exit is the one that is needed; it is lost only if a pipe is full.
 * Lines that could not be written, as on a full disk, are tried again with the next line; after a full pipe, also while no line comes.
 */
export function lineStream(fd: number, counters: Counters): DestinationStream {
  // By default, the thread would sleep until the pipe has room. Node makes standard output non-blocking, and standard error where both are one pipe.
  const stream = pino.destination({ fd, sync: true, maxLength: MOST_WAITING, retryEAGAIN: () => false });
  let retry: NodeJS.Timeout | undefined;
  const writeAgain = (): void => {
    retry = undefined;
    // Nothing more, so what waits.
    stream.write('');
  };
  // Without a listener, an error would end the program.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EAGAIN') retry ??= setTimeout(writeAgain, RETRY).unref();
  });
  stream.on('drop', () => (counters[cellOf('logLost')]! += 1));
  return stream;
}

/** Passes on lines of `level` and of those above it. */
function fromLevel(level: LeastLevel, log: Log): ProgramLog {
  let least = severity(level);
  const passed = eachLevel((of) => {
    const own = severity(of);
    return (fields, message) => {
      if (own >= least) log[of](fields, message);
    };
  });
  return { ...passed, setLevel: (to) => (least = severity(to)) };
}

function severity(level: LeastLevel): number {
  return level === 'silent' ? Infinity : logLevels.indexOf(level);
}

function writer(logger: Logger, counters: Counters): Log {
  return eachLevel((level) => {
    const lines = cellOf('logLines', indexOf('level', level));
    return (fields, message) => {
      counters[lines]! += 1;
      logger[level](fields, message);
    };
  });
}

const WINDOW = 10_000;
/** Most distinct messages remembered. The program has fewer; the bound is for messages that contain what varies after all. */
const REMEMBERED = 1000;

/** Most lines of a level in one window. A source with ten thousand invalid objects is reported by the first of them. */
const MOST = 300;

interface Repeated {
  since: number;
  suppressed: number;
}

/**
 * Passes on the first of each message in ten seconds; the next one after that carries the number suppressed, as `repeats`. Of distinct messages it
 * passes on at most `MOST` per level and window. What has another state than its last line said is no repeat: the last line has to be true.
 */
function limitRepeats(log: Log, clock: Clock, counters: Counters): Log {
  const suppressed = cellOf('logSuppressed');
  const seen = new Map<string, Repeated>();
  const isNews = changes();
  return eachLevel((level) => {
    const hasRoom = linesOfWindow(() =>
      log[level]({}, `${MOST} lines in ten seconds: further ones are kept back and counted (kubezone_log_suppressed_total)`),
    );
    return (fields, message) => {
      const now = clock.monotonic();
      const key = `${level} ${message}`;
      const before = seen.get(key);
      const isRepeat = before !== undefined && now - before.since < WINDOW;
      if (!isNews(fields.changed, message) && isRepeat) {
        before.suppressed++;
        counters[suppressed]! += 1;
        return;
      }
      if (!hasRoom(now)) {
        counters[suppressed]! += 1;
        return;
      }
      // Deleted and set again: the map keeps the order of insertion, so its first entry is the oldest.
      seen.delete(key);
      if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value!);
      seen.set(key, { since: now, suppressed: 0 });
      log[level](before !== undefined && before.suppressed > 0 ? { ...fields, repeats: before.suppressed } : fields, message);
    };
  });
}

/** Returns a function to call for each line: whether it says something else of what has changed than the line before about the same. */
function changes(): (changed: unknown, message: string) => boolean {
  const last = new Map<string, string>();
  return (changed, message) => {
    if (typeof changed !== 'string' || last.get(changed) === message) return false;
    last.delete(changed);
    if (last.size >= REMEMBERED) last.delete(last.keys().next().value!);
    last.set(changed, message);
    return true;
  };
}

/** Returns a function to call for each line: whether it fits into its window. `full` is called once per window, for the first that does not. */
function linesOfWindow(full: () => void): (now: number) => boolean {
  let since = -Infinity;
  let lines = 0;
  return (now) => {
    if (now - since >= WINDOW) {
      since = now;
      lines = 0;
    }
    if (lines++ === MOST) full();
    return lines <= MOST;
  };
}

/** A line on its way from a serving thread to the main thread: plain data. */
export interface LogLine {
  readonly level: LogLevel;
  readonly fields: Fields;
  readonly message: string;
}

/**
 * The log of a serving thread: posts lines to the main thread, which writes them with `log[line.level](line.fields, line.message)`.
 * Levels that are not enabled and repeats are suppressed before posting, so that an error on every query costs the main thread nothing.
 */
export function postedLog(
  post: (line: LogLine) => void,
  { level, clock, counters }: Pick<LogOptions, 'level' | 'clock' | 'counters'>,
): ProgramLog {
  const all = eachLevel((of) => (fields, message) => post({ level: of, fields: plain(fields), message }));
  return fromLevel(level, limitRepeats(all, clock, counters));
}

/** Replaces errors by their stack or message: a posted error loses its name. */
function plain(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? (value.stack ?? value.message) : value]),
  );
}

function eachLevel(make: (level: LogLevel) => Log[LogLevel]): Log {
  return Object.fromEntries(logLevels.map((level) => [level, make(level)])) as Log;
}
