/** The program's log: JSON lines on standard error, the same message at most once in ten seconds, and no more of all than can be read. */
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type Fields = Readonly<Record<string, unknown>>;

/** The message is what repeats are known by, so what varies goes into the fields. */
export type Log = Readonly<Record<LogLevel, (fields: Fields, message: string) => void>>;

export interface ProgramLog extends Log {
  /** Takes effect at once; `silent` for nothing. */
  setLevel(level: LogLevel | 'silent'): void;
}

export interface LogOptions {
  readonly level: LogLevel | 'silent';
  readonly clock: Clock;
  /** The main thread's. */
  readonly counters: Counters;
  readonly version: string;
  /** Standard error unless said. */
  readonly destination?: DestinationStream | undefined;
}

export function createLog({ level, clock, counters, version, destination }: LogOptions): ProgramLog {
  // Written at once: the last line before an end is the one that is needed.
  const stream = destination ?? pino.destination({ fd: 2, sync: true });
  const timestamp = (): string => `,"time":"${new Date(clock.now()).toISOString()}"`;
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level, timestamp, formatters, base: { version }, errorKey: 'error', messageKey: 'message' }, stream);
  return { ...limitRepeats(writer(logger, counters), clock, counters), setLevel: (to) => (logger.level = to) };
}

function writer(logger: Logger, counters: Counters): Log {
  return eachLevel((level) => {
    const lines = cellOf('logLines', indexOf('level', level));
    return (fields, message) => {
      if (!logger.isLevelEnabled(level)) return;
      counters[lines]! += 1;
      logger[level](fields, message);
    };
  });
}

const WINDOW = 10_000;
/** Different messages remembered. There are fewer in the program; the bound is for messages that carry what varies after all. */
const REMEMBERED = 1000;

/** Lines of a level in one window. A source with ten thousand objects that are wrong is told by the first of them. */
const MOST = 300;

interface Repeated {
  since: number;
  suppressed: number;
}

/**
 * Passes on the first of each message in ten seconds; the next one after that says how many were kept back, as `repeats`. Of different messages it
 * passes on so many of each level.
 */
function limitRepeats(log: Log, clock: Clock, counters: Counters): Log {
  const suppressed = cellOf('logSuppressed');
  const seen = new Map<string, Repeated>();
  return eachLevel((level) => {
    const hasRoom = linesOfWindow(() =>
      log[level]({}, `${MOST} lines in ten seconds: further ones are kept back and counted (kubezone_log_suppressed_total)`),
    );
    return (fields, message) => {
      const now = clock.monotonic();
      const key = `${level} ${message}`;
      const before = seen.get(key);
      if (before !== undefined && now - before.since < WINDOW) {
        before.suppressed++;
        counters[suppressed]! += 1;
        return;
      }
      if (!hasRoom(now)) {
        counters[suppressed]! += 1;
        return;
      }
      // Taken out and put in again: the map's order is that of the last writing, so its first is the oldest.
      seen.delete(key);
      if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value!);
      seen.set(key, { since: now, suppressed: 0 });
      log[level](before !== undefined && before.suppressed > 0 ? { ...fields, repeats: before.suppressed } : fields, message);
    };
  });
}

/** Asked for each line; `full` is called when one is too many for its window, once a window. */
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

/** A line of a serving thread on its way to the main thread. Plain data. */
export interface LogLine {
  readonly level: LogLevel;
  readonly fields: Fields;
  readonly message: string;
}

/**
 * The log of a serving thread: it posts lines to the main thread, which writes them with `log[line.level](line.fields, line.message)`.
 * Repeats are held back here already, so that an error on every query costs the main thread nothing.
 */
export function postedLog(post: (line: LogLine) => void, clock: Clock, counters: Counters): Log {
  const all = eachLevel((level) => (fields, message) => post({ level, fields: plain(fields), message }));
  return limitRepeats(all, clock, counters);
}

/** Errors lose their name when they are posted: text and stack are taken here. */
function plain(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? (value.stack ?? value.message) : value]),
  );
}

function eachLevel(make: (level: LogLevel) => Log[LogLevel]): Log {
  return Object.fromEntries(logLevels.map((level) => [level, make(level)])) as Log;
}
