/** CoreDNS's metrics under its names, labels and buckets, computed from our cells, so that dashboards and alerts made for it keep working. */
import { durationBounds } from './buckets.ts';
import { mainServer, view } from './coredns-labels.ts';
import { pluginMetrics } from './coredns-plugin-metrics.ts';
import type { LabelText, Metric } from './metric.ts';

/** 0.25 ms · 2^k, k = 0..15. */
const bounds = durationBounds.slice(7);

const server: LabelText = { of: 'proto', text: (proto, { servers }) => servers[proto] ?? `dns://:53` };
const family: LabelText = { of: 'family', text: (value) => (value === 'ipv4' ? '1' : '2') };
const plugin: LabelText = { of: 'source', text: (source) => plugins[source] ?? '' };
const plugins: Readonly<Record<string, string>> = {
  zone: 'kubernetes',
  cache: 'cache',
  stale: 'cache',
  forward: 'forward',
  policy: 'acl',
  hosts: 'hosts',
};
/** The zones that a `cache` directive of CoreDNS names. */
const zones: LabelText = { text: () => '.' };
/** The upstream's URL without its scheme. */
const to: LabelText = { of: 'upstream', text: (url) => url.replace(/^\w+:\/\//, '') };
/** Go's names of transports. */
const upstreamProto: LabelText = { of: 'upstream', text: (url) => protoOf[url.slice(0, url.indexOf(':'))] };
const protoOf: Readonly<Record<string, string>> = { udp: 'udp', tcp: 'tcp', tls: 'tcp-tls', https: 'https' };
const proxyName: LabelText = { text: () => 'forward' };
const cacheType: LabelText = {
  of: 'cacheHit',
  text: (kind) => (kind === 'positive' ? 'success' : kind === 'negative' ? 'denial' : undefined),
};

/** CoreDNS counts cached SERVFAILs as denials. */
function cacheKind(kind: string): string {
  return kind === 'positive' ? 'success' : 'denial';
}

const answers: readonly Metric[] = [
  {
    name: 'coredns_dns_requests_total',
    type: 'counter',
    cells: 'requests',
    labels: { server, zone: 'zone', view, proto: 'proto', family, type: 'type' },
    help: 'Queries, as kubezone_dns_requests_total.',
  },
  {
    name: 'coredns_dns_request_duration_seconds',
    type: 'histogram',
    cells: 'durations',
    bounds,
    labels: { server, zone: 'zone', view },
    help: 'Time to answer.',
  },
  {
    name: 'coredns_dns_request_size_bytes',
    type: 'histogram',
    cells: 'requestSizes',
    labels: { server, zone: 'zone', view, proto: 'proto' },
    help: 'Size of queries.',
  },
  {
    name: 'coredns_dns_response_size_bytes',
    type: 'histogram',
    cells: 'responseSizes',
    labels: { server, zone: 'zone', view, proto: 'proto' },
    help: 'Size of responses.',
  },
  {
    name: 'coredns_dns_do_requests_total',
    type: 'counter',
    cells: 'dnssecOk',
    labels: { server: mainServer, zone: 'zone', view },
    help: 'Queries with the DO bit set.',
  },
  {
    name: 'coredns_dns_responses_total',
    type: 'counter',
    cells: 'responses',
    labels: { server, zone: 'zone', view, rcode: 'rcode', plugin },
    help: 'Responses, by the CoreDNS plugin that would have answered.',
  },
  {
    name: 'coredns_dns_https_responses_total',
    type: 'counter',
    cells: 'responses',
    labels: {
      server: { of: 'proto', text: (proto, { servers }) => (proto === 'https' ? servers.https : undefined) },
      status: { text: () => '200' },
    },
    help: 'DNS responses sent over HTTPS.',
  },
  { name: 'coredns_panics_total', type: 'counter', cells: 'failures', labels: {}, help: 'As kubezone_dns_failures_total.' },
];

const cache: readonly Metric[] = [
  {
    name: 'coredns_cache_entries',
    type: 'gauge',
    cells: 'cacheEntries',
    labels: {
      server: mainServer,
      type: { of: 'cacheEntry', text: cacheKind },
      zones,
      view,
    },
    help: 'Answers in the cache.',
  },
  {
    name: 'coredns_cache_requests_total',
    type: 'counter',
    cells: 'cacheRequests',
    labels: { server: mainServer, zones, view },
    help: 'Queries looked up in the cache.',
  },
  {
    name: 'coredns_cache_hits_total',
    type: 'counter',
    cells: 'cacheHits',
    labels: { server: mainServer, type: cacheType, zones, view },
    help: 'Answers from the cache that had not expired.',
  },
  {
    name: 'coredns_cache_misses_total',
    type: 'counter',
    cells: 'cacheMisses',
    labels: { server: mainServer, zones, view },
    help: 'Queries for which the cache had no answer.',
  },
  {
    name: 'coredns_cache_prefetch_total',
    type: 'counter',
    cells: 'cachePrefetches',
    labels: { server: mainServer, zones, view },
    help: 'Popular answers refreshed before they expired.',
  },
  {
    name: 'coredns_cache_drops_total',
    type: 'counter',
    cells: 'upstreamDropped',
    labels: { server: mainServer, zones, view },
    help: 'Messages from upstreams that were not the reply to a question and so were not cached.',
  },
  {
    name: 'coredns_cache_served_stale_total',
    type: 'counter',
    cells: 'cacheHits',
    labels: { server: mainServer, zones: { of: 'cacheHit', text: (kind) => (kind === 'stale' ? '.' : undefined) }, view },
    help: 'Answers served after they expired.',
  },
  {
    name: 'coredns_cache_evictions_total',
    type: 'counter',
    cells: 'cacheEvictions',
    labels: { server: mainServer, type: { of: 'cacheEntry', text: cacheKind }, zones, view },
    help: 'Answers removed to make room for others.',
  },
];

function connectionCache(name: string, use: string, help: string): Metric {
  const cells = {
    cells: 'upstreamAsked',
    only: { connectionUse: use },
    labels: { proxy_name: proxyName, to, proto: upstreamProto },
  } as const;
  return { name: `coredns_proxy_conn_cache_${name}_total`, type: 'counter', ...cells, help };
}

const upstreams: readonly Metric[] = [
  {
    name: 'coredns_proxy_request_duration_seconds',
    type: 'histogram',
    cells: 'upstreamDurations',
    bounds,
    labels: { proxy_name: proxyName, to, rcode: 'rcode' },
    help: 'Time until an upstream replied.',
  },
  {
    name: 'coredns_forward_request_duration_seconds',
    type: 'histogram',
    cells: 'upstreamDurations',
    bounds,
    labels: { to, rcode: 'rcode' },
    help: 'As coredns_proxy_request_duration_seconds, by the name used before CoreDNS 1.11.',
  },
  {
    name: 'coredns_forward_requests_total',
    type: 'counter',
    cells: 'upstreamQueries',
    labels: { to },
    help: 'Queries to upstreams, by the name used before CoreDNS 1.11.',
  },
  connectionCache('hits', 'kept', 'Questions to upstreams that used an open connection.'),
  connectionCache('misses', 'new', 'Questions to upstreams that opened a new connection; over UDP all do.'),
  {
    name: 'coredns_proxy_healthcheck_failures_total',
    type: 'counter',
    cells: 'upstreamDowns',
    labels: { proxy_name: proxyName, to },
    help: 'Times an upstream was found down.',
  },
  {
    name: 'coredns_forward_healthcheck_failures_total',
    type: 'counter',
    cells: 'upstreamDowns',
    labels: { to, rcode: { text: () => '' } },
    help: 'As coredns_proxy_healthcheck_failures_total, by the name used before CoreDNS 1.11.',
  },
  {
    name: 'coredns_forward_healthcheck_broken_total',
    type: 'counter',
    cells: 'upstreamNoneUp',
    labels: {},
    help: 'Times the last upstream of a serving thread went down.',
  },
  {
    name: 'coredns_forward_max_concurrent_rejects_total',
    type: 'counter',
    cells: 'upstreamRejected',
    labels: {},
    help: 'Queries refused because too many were waiting for upstreams.',
  },
  {
    name: 'coredns_forward_responses_total',
    type: 'counter',
    cells: 'upstreamDurations',
    labels: { to, rcode: 'rcode' },
    help: 'Replies of upstreams, by the name used before CoreDNS 1.11.',
  },
];

export const corednsMetrics: readonly Metric[] = [...answers, ...cache, ...upstreams, ...pluginMetrics];
