/** The table of our own metrics, from which the registry and docs/metrics.md are made. */
import { dnsMetrics, socketMetrics } from './dns-metrics.ts';
import { cacheMetrics, policyMetrics, upstreamMetrics } from './forward-metrics.ts';
import { hostsMetrics } from './hosts-metrics.ts';
import type { Metric } from './metric.ts';
import { configMetrics, logMetrics, processMetrics, threadMetrics } from './process-metrics.ts';
import { requestMetrics } from './request-metrics.ts';
import { clusterMetrics, reflectorMetrics } from './source-metrics.ts';

interface MetricGroup {
  readonly title: string;
  readonly rows: readonly Metric[];
}

/** In the order of docs/metrics.md. */
export const metricGroups: readonly MetricGroup[] = [
  { title: 'Answers', rows: dnsMetrics },
  { title: 'Sockets', rows: socketMetrics },
  { title: 'Cache', rows: cacheMetrics },
  { title: 'Upstreams', rows: upstreamMetrics },
  { title: 'Policies', rows: policyMetrics },
  { title: 'Hosts files', rows: hostsMetrics },
  { title: 'The cluster', rows: clusterMetrics },
  { title: 'Following the cluster', rows: [...reflectorMetrics, ...requestMetrics] },
  { title: 'Process', rows: processMetrics },
  { title: 'Threads', rows: threadMetrics },
  { title: 'Options', rows: configMetrics },
  { title: 'Logs', rows: logMetrics },
];

/** Exported whatever the options say. */
export const ownMetrics: readonly Metric[] = metricGroups.flatMap((group) => group.rows);
