/** The main thread's half of the query log: reads the serving threads' rings, formats and writes. What it cannot keep up with, those threads drop. */
import type { Clock } from '../clock.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { LineWriter, MAX_LINE } from './line-writer.ts';
import type { Log } from './log.ts';
import { formats, type QueryLogFormat } from './query-log-format.ts';
import { RecordView, TO_LOG, TO_LOG_IF_SLOW } from './query-record.ts';
import type { QueryRing, Recording } from './query-ring.ts';

export type QueryLogMode = 'off' | 'errors' | 'slow' | 'sampled' | 'all';

/** The rows of src/config/telemetry-options.ts, under the same names. */
export interface QueryLogOptions {
  readonly queryLog: QueryLogMode;
  /** ms. */
  readonly queryLogSlow: number;
  readonly queryLogSample: number;
  readonly queryLogFormat: QueryLogFormat;
  readonly maskClients: boolean;
  readonly topSample: number;
}

/** Takes lines; resolves when it can take more. Rejects with an UnwrittenError. */
export type LineSink = (lines: Uint8Array) => Promise<void>;

export class UnwrittenError extends Error {
  /** Octets written before. */
  readonly written: number;

  constructor(cause: Error, written: number) {
    super(cause.message, { cause });
    this.written = written;
  }
}

export interface QueryLogParts {
  /** One for each serving thread. */
  readonly rings: readonly QueryRing[];
  readonly sink: LineSink;
  /** Called with every record; the client is already masked if the options ask for it. */
  readonly seers: readonly ((record: RecordView) => void)[];
  /** The main thread's. */
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Octets of lines written at once: about a millisecond of formatting. */
const CHUNK = 256 * 1024;
/** Pause after finding nothing to read, ms. A ring of 4 MiB holds several times what full load records in that time. */
const REST = 50;

export class QueryLog {
  readonly #parts: QueryLogParts;
  readonly #lines = new LineWriter(CHUNK);
  /** Number of lines in `#lines`. */
  #waiting = 0;
  readonly #record: RecordView | undefined;
  #options: QueryLogOptions;

  constructor(options: QueryLogOptions, parts: QueryLogParts) {
    this.#options = options;
    this.#parts = parts;
    this.#record = parts.rings[0] && new RecordView(parts.rings[0]);
    this.configure(options);
  }

  /** Sets what the serving threads record, from their next batch on. */
  configure(options: QueryLogOptions): void {
    this.#options = options;
    const recording = recordingOf(options);
    for (const ring of this.#parts.rings) ring.recording = recording;
  }

  /** Runs until the signal, then writes what is recorded by then. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      const count = await this.#writeSome();
      // Even with more work left, other events of the loop get their turn first.
      if (count > 0) await new Promise((resolve) => setImmediate(resolve));
      else await clock.wait(REST, signal).catch(() => undefined);
    }
    while ((await this.#writeSome()) > 0);
  }

  async #writeSome(): Promise<number> {
    const { rings, sink, log, counters } = this.#parts;
    let count = 0;
    for (const ring of rings) count += this.#read(ring);
    if (this.#lines.length === 0) return count;
    try {
      await sink(this.#lines.buffer.subarray(0, this.#lines.length));
      counters[cellOf('logged')]! += this.#waiting;
    } catch (error) {
      const written = linesIn(this.#lines.buffer.subarray(0, error instanceof UnwrittenError ? error.written : 0));
      counters[cellOf('logged')]! += written;
      counters[cellOf('logDropped')]! += this.#waiting - written;
      log.error({ error: (error as Error).message }, 'the query log cannot be written: its lines are lost');
    }
    this.#lines.length = 0;
    this.#waiting = 0;
    return count;
  }

  #read(ring: QueryRing): number {
    const { seers } = this.#parts;
    const { maskClients, queryLogSlow, queryLogFormat } = this.#options;
    const format = formats[queryLogFormat];
    const lines = this.#lines;
    const record = this.#record!;
    let count = 0;
    for (;;) {
      const room = Math.floor((CHUNK - lines.length) / MAX_LINE);
      const read = ring.read(room, (offset) => {
        record.at(ring, offset);
        if (maskClients) mask(record);
        for (const see of seers) see(record);
        if (!isForLog(record, queryLogSlow)) return;
        format(record, lines);
        this.#waiting++;
      });
      count += read;
      if (read < room || room === 0) break;
    }
    return count;
  }
}

const NEWLINE = 0x0a;

function linesIn(octets: Uint8Array): number {
  let lines = 0;
  for (const octet of octets) if (octet === NEWLINE) lines++;
  return lines;
}

function isForLog({ purpose, duration }: RecordView, slow: number): boolean {
  return (purpose & TO_LOG) !== 0 || ((purpose & TO_LOG_IF_SLOW) !== 0 && duration >= slow);
}

/** Zeroes all but the network of an address: 24 bits of IPv4, 48 of IPv6. */
function mask({ octets, addressAt, addressLength }: RecordView): void {
  octets.fill(0, addressAt + (addressLength === 4 ? 3 : 6), addressAt + addressLength);
}

function recordingOf({ queryLog, queryLogSlow, queryLogSample, topSample }: QueryLogOptions): Recording {
  return {
    every: queryLog === 'all' ? 1 : queryLog === 'sampled' ? queryLogSample : 0,
    errors: queryLog === 'errors',
    slow: queryLog === 'slow' ? queryLogSlow : 0,
    topEvery: topSample,
  };
}
