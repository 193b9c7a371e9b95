/** The control thread's counters, log and metrics, and the memory in which the serving threads count. */
import { systemClock } from '../../src/clock.ts';
import type { ClusterObserver } from '../../src/cluster/observer.ts';
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { Options } from '../../src/config/options.ts';
import { clusterObserver, clusterReaders, zoneSizeReaders } from '../../src/telemetry/cluster-observer.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import { corednsMetrics } from '../../src/telemetry/coredns-metrics.ts';
import { corednsReaders } from '../../src/telemetry/coredns-readers.ts';
import { indexOf } from '../../src/telemetry/dimensions.ts';
import { createLog, type ProgramLog } from '../../src/telemetry/log.ts';
import { ownMetrics } from '../../src/telemetry/metrics.ts';
import { processReaders } from '../../src/telemetry/process-readers.ts';
import { reflectorTelemetry } from '../../src/telemetry/reflector-observer.ts';
import { createMetrics, type Metrics, type Readers } from '../../src/telemetry/registry.ts';
import { readRecords, type QueryRecords } from '../../src/telemetry/records.ts';
import { requestObserver } from '../../src/telemetry/request-metrics.ts';
import { sharedMemory, type ThreadMemory } from '../../src/telemetry/shared-memory.ts';
import { Slots } from '../../src/telemetry/slots.ts';
import { watchThread } from '../../src/telemetry/thread-usage.ts';
import { ZoneSize } from '../../src/telemetry/zone-size.ts';
import { nameFromText } from '../../src/wire/name.ts';
import type { ReloadObserver } from './follow-config.ts';
import type { SnapshotObserver } from './snapshot-file.ts';
import type { SourceObservers } from './source.ts';
import { version } from './version.ts';

/** Time for writing the rest of the query log at exit, ms. */
const LAST_RECORDS = 1000;

/** What a scrape reads of the running program. */
export interface Running {
  /** Serving threads that crashed or hung, and were replaced. */
  replaced(): number;
  /** The options in use. */
  options(): Options;
}

export interface ControlTelemetry {
  readonly log: ProgramLog;
  readonly cluster: ClusterObserver;
  readonly source: SourceObservers;
  readonly reload: ReloadObserver;
  readonly snapshot: SnapshotObserver;
  /** The memory in which serving thread `index` counts and records. */
  memory(index: number): ThreadMemory;
  readonly records: QueryRecords;
  metrics(publisher: Publisher, servers: Readonly<Record<string, string>>, running: Running): Metrics;
  close(): Promise<void>;
}

export function controlTelemetry(options: Options): ControlTelemetry {
  const shared = sharedMemory(options.threads, options.queryLogBuffer);
  const counters = shared.main;
  const slots = new Slots(shared.slots);
  const log = createLog({ level: options.logLevel, clock: systemClock, counters, version });
  const reflector = reflectorTelemetry(counters, systemClock, log);
  const records = readRecords(options, { rings: shared.threads.map(({ ring }) => ring), counters, clock: systemClock, log });
  const counting = new AbortController();
  const zoneSize = new ZoneSize(nameFromText(options.clusterDomain)!, systemClock, counting.signal, (error) =>
    log.error({ error }, 'the names of a Service could not be counted for the metrics'),
  );
  const stopWatching = watchThread(counters);
  let takenAt = systemClock.now();
  let isTaken = true;
  let waiting = 0;
  const configReaders: Readers = {
    kubezone_config_last_reload_success_timestamp_seconds: () => [{ value: takenAt / 1000 }],
    kubezone_config_last_reload_successful: () => [{ value: isTaken ? 1 : 0 }],
    kubezone_config_options_awaiting_restart: () => [{ value: waiting }],
  };
  const resultOf = (error: boolean): number => indexOf('result', error ? 'failure' : 'success');
  const runtime = `node ${process.version} ${process.platform} ${process.arch}`;
  return {
    log,
    cluster: clusterObserver(counters, log, zoneSize),
    records,
    source: {
      reflector: reflector.observer,
      requests: requestObserver(counters, slots),
      manifests: {
        problem: (message) => log.warn({}, message),
        loaded: (files, objects) => log.info({ files, objects }, 'manifests read'),
      },
    },
    reload: {
      reloaded: (error) => {
        counters[cellOf('reloads', resultOf(error))]! += 1;
        if (!error) takenAt = systemClock.now();
        isTaken = !error;
      },
      waiting: (names) => {
        waiting = names.length;
      },
    },
    snapshot: {
      saved: (error) => {
        counters[cellOf('snapshotWrites', resultOf(error))]! += 1;
      },
    },
    memory: (index) => shared.threads[index]!,
    metrics: (publisher, servers, running) => {
      const facts = { version, revision: process.env.KUBEZONE_REVISION ?? '', runtime, servers };
      const zones = [options.clusterDomain, ...options.reverseZones].map((zone) => `${zone}.`);
      return createMetrics({
        metrics: [...ownMetrics, ...(options.metricsCompat === 'coredns' ? corednsMetrics : [])],
        blocks: shared.blocks,
        slots,
        exemplar: records.exemplar,
        facts,
        readers: {
          ...processReaders(facts, systemClock),
          ...clusterReaders(publisher, zones),
          ...zoneSizeReaders(zoneSize, zones[0]!),
          ...corednsReaders(facts, [...zones, '.'], () => running.options()),
          ...reflector.readers,
          ...configReaders,
          kubezone_thread_restarts_total: () => [{ value: running.replaced() }],
        },
      });
    },
    close: async () => {
      stopWatching();
      counting.abort();
      await records.close(LAST_RECORDS);
    },
  };
}
