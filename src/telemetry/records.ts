/** What the main thread makes of the serving threads' records: query log, top lists, exemplars. */
import type { Clock } from '../clock.ts';
import type { Counters } from './counters.ts';
import { Exemplars } from './exemplars.ts';
import { lineSink } from './line-sink.ts';
import type { Log } from './log.ts';
import { QueryLog, type QueryLogOptions } from './query-log.ts';
import { QueryRing } from './query-ring.ts';
import type { MetricsOptions } from './registry.ts';
import { TopLists } from './top.ts';

/** The rows of src/config/telemetry-options.ts, under the same names. */
export interface RecordsOptions extends QueryLogOptions {
  readonly queryLogFile: string | undefined;
  readonly metricsExemplars: boolean;
}

export interface RecordsParts {
  /** One for each serving thread. */
  readonly rings: readonly SharedArrayBuffer[];
  /** The main thread's. */
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

export interface QueryRecords {
  readonly top: TopLists;
  /** For createMetrics; undefined unless exemplars are enabled. */
  readonly exemplar: MetricsOptions['exemplar'];
  /** Applies reloaded options. */
  configure(options: QueryLogOptions): void;
  /** Writes what is recorded by now; resolves when that is done, or after `patience` ms: what a slow reader has not taken by then is lost. */
  close(patience: number): Promise<void>;
}

/** Starts reading the rings. Throws when the file of the query log cannot be opened. */
export function readRecords(options: RecordsOptions, { rings, counters, clock, log }: RecordsParts): QueryRecords {
  const top = new TopLists(clock, options.topSample);
  const exemplars = options.metricsExemplars ? new Exemplars() : undefined;
  const seers = exemplars === undefined ? [top.see] : [top.see, exemplars.see];
  const givingUp = new AbortController();
  const sink = lineSink(options.queryLogFile, { clock, log, givingUp: givingUp.signal });
  const queryLog = new QueryLog(options, { rings: rings.map((block) => new QueryRing(block)), sink, seers, counters, clock, log });
  const stopping = new AbortController();
  const running = queryLog.run(stopping.signal);
  let { maskClients } = options;
  return {
    top,
    exemplar: exemplars?.of,
    configure: (reloaded) => {
      queryLog.configure(reloaded);
      top.sample = reloaded.topSample;
      // Clients already counted have their whole address.
      if (reloaded.maskClients && !maskClients) top.forget();
      ({ maskClients } = reloaded);
    },
    close: async (patience) => {
      stopping.abort();
      const ended = new AbortController();
      await Promise.race([running, clock.wait(patience, ended.signal).catch(() => undefined)]);
      ended.abort();
      givingUp.abort(new Error('whoever reads it takes no more'));
    },
  };
}
