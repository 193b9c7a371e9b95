/** Counts what is published of the cluster, and reports its size and state at scrape. */
import type { ClusterObserver } from '../cluster/observer.ts';
import type { Publisher } from '../cluster/publisher.ts';
import { cellOf } from './cells.ts';
import { observe, type Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';
import type { Log } from './log.ts';
import type { Readers } from './registry.ts';
import type { ZoneSize } from './zone-size.ts';

const kinds: Readonly<Record<string, string>> = { clusterIP: 'cluster_ip', headless: 'headless_with_selector' };

/** `counters`: the control thread's. */
export function clusterObserver(counters: Counters, log: Log, zoneSize?: ZoneSize): ClusterObserver {
  const updates = cellOf('clusterUpdates');
  const put = cellOf('serviceChanges', indexOf('change', 'put'));
  const removed = cellOf('serviceChanges', indexOf('change', 'removed'));
  return {
    restored: (state) => zoneSize?.restored(state),
    published: (update) => {
      counters[updates]! += 1;
      counters[put]! += update.services.length;
      counters[removed]! += update.removedServices.length;
      zoneSize?.published(update);
    },
    programmed: (kind, latency) => {
      observe(counters, 'programming', Math.max(0, latency) / 1000, indexOf('serviceKind', kinds[kind] ?? 'other'));
    },
    leftOut: (key, problem) => {
      counters[cellOf('leftOut')]! += 1;
      log.warn({ object: key, problem }, `something of ${key} is left out`);
    },
  };
}

/** `zones`: names of the cluster's zones, with the trailing dot; they share one serial. */
export function clusterReaders(publisher: Pick<Publisher, 'counts' | 'digest' | 'serial' | 'state'>, zones: readonly string[]): Readers {
  return {
    kubezone_cluster_services: () => [{ value: publisher.counts.services }],
    kubezone_cluster_endpoint_addresses: () => [{ value: publisher.counts.addresses }],
    kubezone_cluster_namespaces: () => [{ value: publisher.counts.namespaces }],
    kubezone_cluster_pod_addresses: () => [{ value: publisher.counts.pods }],
    kubezone_cluster_state: () =>
      ['loading', 'stale', 'live'].map((state) => ({ labels: { state }, value: publisher.state === state ? 1 : 0 })),
    kubezone_cluster_digest: () => [{ value: publisher.digest }],
    kubezone_zone_serial: () => zones.map((zone) => ({ labels: { zone }, value: publisher.serial })),
  };
}

/** `zone`: the name of the zone that `zoneSize` counts, with the trailing dot. */
export function zoneSizeReaders(zoneSize: ZoneSize, zone: string): Readers {
  return {
    kubezone_zone_names: () => [{ labels: { zone }, value: zoneSize.size.names }],
    kubezone_zone_records: () => [{ labels: { zone }, value: zoneSize.size.records }],
  };
}
