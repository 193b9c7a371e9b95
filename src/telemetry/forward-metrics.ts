/** Metrics of the cache, of upstreams, and of the policies that stand before them. */
import type { Metric } from './metric.ts';

export const cacheMetrics = [
  {
    name: 'kubezone_cache_hits_total',
    type: 'counter',
    cells: 'cacheHits',
    labels: { kind: 'cacheHit' },
    help: 'Queries answered from the cache; `negative` are NXDOMAIN, NODATA and kept SERVFAILs, `stale` those past their end.',
  },
  { name: 'kubezone_cache_misses_total', type: 'counter', cells: 'cacheMisses', labels: {}, help: 'Queries the cache had no answer to.' },
  {
    name: 'kubezone_cache_evictions_total',
    type: 'counter',
    cells: 'cacheEvictions',
    labels: { kind: 'cacheEntry' },
    help: 'Entries that made room for others or were too old to be of use.',
  },
  { name: 'kubezone_cache_entries', type: 'gauge', cells: 'cacheEntries', labels: { kind: 'cacheEntry' }, help: 'Entries held.' },
  { name: 'kubezone_cache_size_bytes', type: 'gauge', cells: 'cacheBytes', labels: {}, help: 'Memory of the entries and their tables.' },
  {
    name: 'kubezone_cache_prefetches_total',
    type: 'counter',
    cells: 'cachePrefetches',
    labels: {},
    help: 'Popular entries asked for again before their end.',
  },
  {
    name: 'kubezone_cache_coalesced_total',
    type: 'counter',
    cells: 'cacheCoalesced',
    labels: {},
    help: 'Queries that waited for what another client had asked already.',
  },
  {
    name: 'kubezone_cache_refresh_failures_total',
    type: 'counter',
    cells: 'cacheRefreshFailures',
    labels: {},
    help: 'Questions asked in the background that an error in the program ended.',
  },
] as const satisfies readonly Metric[];

export const upstreamMetrics = [
  {
    name: 'kubezone_upstream_queries_total',
    type: 'counter',
    cells: 'upstreamQueries',
    labels: { upstream: 'upstream' },
    help: 'Questions asked of an upstream, probes left out.',
  },
  {
    name: 'kubezone_upstream_duration_seconds',
    type: 'histogram',
    cells: 'upstreamDurations',
    labels: { upstream: 'upstream', rcode: 'rcode' },
    help: 'Time to the reply of an upstream, errors included.',
  },
  {
    name: 'kubezone_upstream_failures_total',
    type: 'counter',
    cells: 'upstreamFailures',
    labels: { upstream: 'upstream', cause: 'cause' },
    help: 'Questions that an upstream gave no answer to, and why.',
  },
  {
    name: 'kubezone_upstream_hedged_total',
    type: 'counter',
    cells: 'upstreamHedged',
    labels: { upstream: 'upstream' },
    help: 'Questions asked of it because another was slow.',
  },
  {
    name: 'kubezone_upstream_dropped_replies_total',
    type: 'counter',
    cells: 'upstreamDropped',
    labels: { upstream: 'upstream' },
    help: 'Messages that were not the reply to what was asked: late, broken or forged.',
  },
  {
    name: 'kubezone_upstream_state',
    type: 'gauge',
    cells: 'upstreamState',
    labels: { upstream: 'upstream', state: 'upstreamState' },
    help: 'Serving threads that hold it to be in that state: up, down (probed), trial (answers again), loop (leads back to us).',
  },
  {
    name: 'kubezone_upstream_round_trip_seconds',
    type: 'gauge',
    cells: 'upstreamRtt',
    labels: { upstream: 'upstream' },
    across: 'max',
    help: 'Smoothed round-trip time; of several threads, the longest.',
  },
  {
    name: 'kubezone_upstream_rejected_total',
    type: 'counter',
    cells: 'upstreamRejected',
    labels: {},
    help: 'Queries turned away because too many were waiting for upstreams.',
  },
] as const satisfies readonly Metric[];

export const policyMetrics = [
  {
    name: 'kubezone_acl_decisions_total',
    type: 'counter',
    cells: 'aclDecisions',
    labels: { action: 'aclAction' },
    help: 'Queries that a rule of access decided.',
  },
  {
    name: 'kubezone_forward_refused_total',
    type: 'counter',
    cells: 'forwardRefused',
    labels: {},
    help: 'Queries for outside names refused to clients that are not in --forward-allow.',
  },
  {
    name: 'kubezone_rate_limited_total',
    type: 'counter',
    cells: 'rateLimited',
    labels: { limit: 'limitKind', result: 'judgement' },
    help: 'Responses over a rate: dropped, or slipped through truncated.',
  },
  {
    name: 'kubezone_client_over_rate_total',
    type: 'counter',
    cells: 'clientOverRate',
    labels: {},
    help: 'Queries of clients over their rate.',
  },
  {
    name: 'kubezone_client_over_share_total',
    type: 'counter',
    cells: 'clientOverShare',
    labels: {},
    help: 'Queries of clients with too many waiting for upstreams.',
  },
  {
    name: 'kubezone_cookies_total',
    type: 'counter',
    cells: 'cookies',
    labels: { verdict: 'cookie' },
    help: 'Queries with EDNS options, by what their DNS cookie was.',
  },
] as const satisfies readonly Metric[];
