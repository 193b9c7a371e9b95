/** Metrics of hosts files, and the observer that counts them. */
import type { Clock } from '../clock.ts';
import type { HostsObserver } from '../query/hosts.ts';
import { cellOf, cells } from './cells.ts';
import type { Counters } from './counters.ts';
import type { CellMetric, Metric } from './metric.ts';
import type { Slots } from './slots.ts';

/** Every thread reads the files itself, so their values do not add up. */
const each = { type: 'gauge', across: 'max' } satisfies Partial<CellMetric>;

export const hostsMetrics: readonly Metric[] = [
  {
    ...each,
    name: 'kubezone_hosts_records',
    cells: 'hostsRecords',
    labels: { file: 'hostsFile' },
    help: 'Records from a hosts file.',
  },
  {
    ...each,
    name: 'kubezone_hosts_read_timestamp_seconds',
    cells: 'hostsRead',
    labels: {},
    help: 'When a hosts file was last read, with the options or because it changed; 0 if there is none.',
  },
];

export function hostsObserver(counters: Counters, slots: Slots, clock: Clock): HostsObserver {
  const { start, sets } = cells.hostsRecords;
  return {
    replaced: () => void counters.fill(0, start, start + sets),
    read: (path, records) => {
      counters[cellOf('hostsRecords', slots.of('hostsFile', path))] = records;
      counters[cellOf('hostsRead')] = clock.now() / 1000;
    },
  };
}
