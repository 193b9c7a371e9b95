/** The dashboard as a table: its rows, their panels and queries. A new panel is a new row here. */
import { clusterRows } from './cluster-panels.ts';
import { heatmap, lines, number, quantile, rate, chosen, stacked, sumBy, type Row } from './panel.ts';

const requests = 'kubezone_dns_requests_total';
const responses = 'kubezone_dns_responses_total';
const duration = 'kubezone_dns_request_duration_seconds';

export const rows: readonly Row[] = [
  {
    title: 'At a glance',
    panels: [
      number('Servers', 'none', 'Servers that are scraped and alive.', `count(${chosen('kubezone_build_info')})`),
      number('Queries', 'reqps', 'Queries a second, of all servers.', `sum(${rate(requests)})`),
      number('p99', 's', 'Time in which 99 of 100 queries are answered, upstreams included.', quantile(0.99, duration)),
      number(
        'SERVFAIL',
        'percentunit',
        'Part of the responses that say the server failed.',
        `(sum(${rate(responses, 'rcode="SERVFAIL"')}) or vector(0)) / sum(${rate(responses)})`,
      ),
      number(
        'Cache hits',
        'percentunit',
        'Part of the outside names that the cache answered.',
        `sum(${rate('kubezone_cache_hits_total')}) / (sum(${rate('kubezone_cache_hits_total')}) + sum(${rate('kubezone_cache_misses_total')}))`,
      ),
      number(
        'Age',
        's',
        'Longest time since the API server said anything of a resource: how old the answers may be.',
        `max(${chosen('kubezone_reflector_age_seconds')})`,
      ),
    ],
  },
  {
    title: 'Traffic',
    panels: [
      stacked('Queries by protocol', 'reqps', 'Queries by transport and address family.', [
        sumBy('proto, family', rate(requests)),
        '{{proto}} {{family}}',
      ]),
      stacked('Queries by type', 'reqps', 'Queries by record type; many ANY or TXT are not what pods ask.', [
        sumBy('type', rate(requests)),
        '{{type}}',
      ]),
      stacked('Queries by zone', 'reqps', 'Queries by the zone their name lies in; "." is every outside name.', [
        sumBy('zone', rate(requests)),
        '{{zone}}',
      ]),
      stacked('Responses by RCODE', 'reqps', 'Responses by code; search paths make many NXDOMAIN.', [
        sumBy('rcode', rate(responses)),
        '{{rcode}}',
      ]),
      stacked(
        'Responses by what answered',
        'reqps',
        'Zone: from the cluster; hosts: from hosts files; cache and stale: kept; forward: asked elsewhere.',
        [sumBy('source', rate(responses)), '{{source}}'],
      ),
      lines(
        'Truncated and dropped',
        'reqps',
        'Truncated responses are asked again by TCP; dropped packets were no queries, or a policy said so.',
        [sumBy('proto', rate('kubezone_dns_truncated_responses_total')), 'truncated {{proto}}'],
        [`sum(${rate('kubezone_dns_dropped_total')})`, 'dropped'],
      ),
    ],
  },
  {
    title: 'Latency',
    panels: [
      heatmap('Time to answer', 's', 'How many queries took how long.', duration),
      lines(
        'Time to answer, quantiles',
        's',
        'Half of the queries, 99 of 100, and 999 of 1000.',
        [quantile(0.5, duration), 'p50'],
        [quantile(0.99, duration), 'p99'],
        [quantile(0.999, duration), 'p99.9'],
      ),
      lines(
        'p99 by what answered',
        's',
        'Answers from memory take microseconds; what waited for an upstream is forward, whatever gave it.',
        [quantile(0.99, duration, 'source'), '{{source}}'],
      ),
    ],
  },
  {
    title: 'Cache',
    panels: [
      lines(
        'Hits and misses',
        'reqps',
        'Answers from the cache by kind, and questions that it had no answer to.',
        [sumBy('kind', rate('kubezone_cache_hits_total')), '{{kind}}'],
        [`sum(${rate('kubezone_cache_misses_total')})`, 'missed'],
      ),
      lines('Entries', 'short', 'Answers held.', [sumBy('kind', chosen('kubezone_cache_entries')), '{{kind}}']),
      lines(
        'Evictions, prefetches, shared questions',
        'cps',
        'Evictions of answers still of use say that cache-size is small.',
        [sumBy('kind', rate('kubezone_cache_evictions_total')), 'evicted {{kind}}'],
        [`sum(${rate('kubezone_cache_prefetches_total')})`, 'prefetched'],
        [`sum(${rate('kubezone_cache_coalesced_total')})`, 'waited for another'],
      ),
    ],
  },
  {
    title: 'Upstreams',
    panels: [
      stacked('Questions', 'reqps', 'Questions asked of upstreams.', [
        sumBy('upstream', rate('kubezone_upstream_queries_total')),
        '{{upstream}}',
      ]),
      lines('p99', 's', 'Time in which 99 of 100 replies came.', [
        quantile(0.99, 'kubezone_upstream_duration_seconds', 'upstream'),
        '{{upstream}}',
      ]),
      lines(
        'Failures',
        'cps',
        'Questions without a reply of use, and why.',
        [`${sumBy('upstream, cause', rate('kubezone_upstream_failures_total'))} > 0`, '{{upstream}} {{cause}}'],
        [`sum(${rate('kubezone_upstream_rejected_total')})`, 'turned away: too many waiting'],
      ),
      lines('State', 'none', 'Serving threads that hold an upstream to be down, on trial or a loop.', [
        sumBy('upstream, state', chosen('kubezone_upstream_state', 'state!="up"')),
        '{{upstream}} {{state}}',
      ]),
      lines('Round trip', 's', 'Smoothed round-trip time, by which the fastest is chosen.', [
        `max by (upstream) (${chosen('kubezone_upstream_round_trip_seconds')})`,
        '{{upstream}}',
      ]),
      lines('Replies dropped', 'cps', 'Messages that were not the reply to what was asked: late, broken or forged.', [
        sumBy('upstream', rate('kubezone_upstream_dropped_replies_total')),
        '{{upstream}}',
      ]),
    ],
  },
  ...clusterRows,
];
