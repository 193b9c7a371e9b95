/** What the control thread counts, logs and shows, and the memory in which the serving threads count. */
import { arch, platform } from 'node:process';
import { systemClock } from '../../src/clock.ts';
import type { ClusterObserver } from '../../src/cluster/observer.ts';
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { Options } from '../../src/config/options.ts';
import { clusterObserver, clusterReaders } from '../../src/telemetry/cluster-observer.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import { corednsMetrics } from '../../src/telemetry/coredns-metrics.ts';
import { countersBlock, countersOver, type Counters } from '../../src/telemetry/counters.ts';
import { indexOf } from '../../src/telemetry/dimensions.ts';
import { createLog, type ProgramLog } from '../../src/telemetry/log.ts';
import { ownMetrics } from '../../src/telemetry/metrics.ts';
import { processReaders } from '../../src/telemetry/process-readers.ts';
import { reflectorTelemetry } from '../../src/telemetry/reflector-observer.ts';
import { createMetrics, type Metrics, type Readers } from '../../src/telemetry/registry.ts';
import { Slots, slotsBlock } from '../../src/telemetry/slots.ts';
import { watchThread } from '../../src/telemetry/thread-usage.ts';
import type { ReloadObserver } from './follow-config.ts';
import type { ServingThreadData } from './messages.ts';
import type { SourceObservers } from './source.ts';
import { version } from './version.ts';

export interface ControlTelemetry {
  readonly log: ProgramLog;
  /** The control thread's. */
  readonly counters: Counters;
  readonly cluster: ClusterObserver;
  readonly source: SourceObservers;
  readonly reload: ReloadObserver;
  /** What serving thread `index` counts in. */
  shared(index: number): Pick<ServingThreadData, 'counters' | 'slots'>;
  metrics(publisher: Publisher, servers: Readonly<Record<string, string>>): Metrics;
  close(): void;
}

export function controlTelemetry(options: Options): ControlTelemetry {
  const block = countersBlock();
  const counters = countersOver(block);
  const log = createLog({ level: options.logLevel, clock: systemClock, counters, version });
  const reflector = reflectorTelemetry(counters, systemClock, log);
  const threadBlocks = Array.from({ length: options.threads }, () => countersBlock());
  const slots = slotsBlock();
  const stopWatching = watchThread(counters);
  let takenAt = systemClock.now();
  let isInUse = true;
  const configReaders: Readers = {
    kubezone_config_last_reload_success_timestamp_seconds: () => [{ value: takenAt / 1000 }],
    kubezone_config_last_reload_successful: () => [{ value: isInUse ? 1 : 0 }],
  };
  const runtime = `node ${process.version} ${platform} ${arch}`;
  return {
    log,
    counters,
    cluster: clusterObserver(counters, log),
    source: {
      reflector: reflector.observer,
      manifests: {
        problem: (message) => log.warn({}, message),
        loaded: (files, objects) => log.info({ files, objects }, 'manifests read'),
      },
    },
    reload: {
      reloaded: (error) => {
        counters[cellOf('reloads', indexOf('result', error ? 'failure' : 'success'))]! += 1;
        if (!error) takenAt = systemClock.now();
        isInUse = !error;
      },
    },
    shared: (index) => ({ counters: threadBlocks[index]!, slots }),
    metrics: (publisher, servers) => {
      const facts = { version, revision: process.env.KUBEZONE_REVISION ?? '', runtime, servers };
      const zones = [options.clusterDomain, ...options.reverseZones].map((zone) => `${zone}.`);
      return createMetrics({
        metrics: [...ownMetrics, ...(options.metricsCompat === 'coredns' ? corednsMetrics : [])],
        blocks: [block, ...threadBlocks],
        slots: new Slots(slots),
        facts,
        readers: { ...processReaders(facts, systemClock), ...clusterReaders(publisher, zones), ...reflector.readers, ...configReaders },
      });
    },
    close: stopWatching,
  };
}
