/**
 * The queries of Grafana's dashboard 15762, "Kubernetes / System / CoreDNS", panel by panel, which operators coming from CoreDNS use. They must
 * work unchanged with `metrics-compat: coredns`.
 */
const of = 'job=~"$job", instance=~"$instance", cluster=~"$cluster"';
const rate = (metric: string, more = ''): string => `rate(${metric}{${of}${more === '' ? '' : `, ${more}`}}[$__rate_interval])`;
const heat = (metric: string, more = ''): string =>
  `sum(increase(${metric}{${of}${more === '' ? '' : `, ${more}`}}[$__rate_interval])) by (le)`;

export const grafana15762: readonly { readonly panel: string; readonly expression: string }[] = [
  { panel: 'Up', expression: `up{${of}}` },
  { panel: 'CPU', expression: rate('process_cpu_seconds_total') },
  { panel: 'Memory', expression: `process_resident_memory_bytes{${of}}` },
  { panel: 'Requests by protocol', expression: `sum(${rate('coredns_dns_requests_total', 'proto=~"$protocol"')}) by (proto)` },
  {
    panel: 'Average size of requests by protocol',
    expression: `sum(${rate('coredns_dns_request_size_bytes_sum', 'proto=~"$protocol"')}) by (proto) / sum(${rate('coredns_dns_request_size_bytes_count', 'proto=~"$protocol"')}) by (proto)`,
  },
  { panel: 'Requests by type', expression: `sum(${rate('coredns_dns_requests_total', 'proto=~"$protocol"')}) by (type)` },
  { panel: 'Responses by RCODE', expression: `sum(${rate('coredns_dns_responses_total')}) by (rcode)` },
  { panel: 'Forwarded', expression: `sum(${rate('coredns_proxy_request_duration_seconds_count', 'proxy_name="forward"')})` },
  {
    panel: 'Forwarded, errors',
    expression: `sum(${rate('coredns_proxy_request_duration_seconds_count', 'proxy_name="forward", rcode=~"SERVFAIL|REFUSED"')}) by (rcode)`,
  },
  { panel: 'Cache hits', expression: `sum(${rate('coredns_cache_hits_total')}) by (type)` },
  { panel: 'Cache misses', expression: `sum(${rate('coredns_cache_misses_total')}) by (type)` },
  { panel: 'Cache entries', expression: `sum(coredns_cache_entries{${of}}) by (type)` },
  { panel: 'Duration of requests', expression: heat('coredns_dns_request_duration_seconds_bucket') },
  { panel: 'Size of requests', expression: heat('coredns_dns_request_size_bytes_bucket', 'le!="0"') },
  { panel: 'Size of responses', expression: heat('coredns_dns_response_size_bytes_bucket', 'le!="0"') },
];

/** The metrics whose label values fill the dashboard's variables. */
export const variables15762: readonly string[] = ['coredns_build_info', 'up', 'coredns_dns_requests_total'];
