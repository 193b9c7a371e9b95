/** CoreDNS's metrics of the server and of its plugins other than cache and forward. */
import { mainServer } from './coredns-labels.ts';
import type { LabelText, Metric } from './metric.ts';
import { corednsRequestMetrics } from './request-metrics.ts';

/** Maps some of our ACL actions to the metric that CoreDNS has for them. */
function acl(name: string, actions: readonly string[], labels: Readonly<Record<string, LabelText>>, help: string): Metric {
  const shown: LabelText = { of: 'aclAction', text: (action) => (actions.includes(action) ? '' : undefined) };
  return { name: `coredns_acl_${name}_requests_total`, type: 'counter', cells: 'aclDecisions', labels: { ...labels, view: shown }, help };
}

/** Our access rules do not belong to a zone. */
const anyZone: LabelText = { text: () => '.' };

const access: readonly Metric[] = [
  acl('blocked', ['refuse'], { server: mainServer, zone: anyZone }, 'Queries refused by an access rule.'),
  acl(
    'filtered',
    ['nodata', 'nxdomain'],
    { server: mainServer, zone: anyZone },
    'Queries answered with NODATA or NXDOMAIN by an access rule.',
  ),
  acl('dropped', ['drop'], { server: mainServer, zone: anyZone }, 'Queries dropped by an access rule.'),
  acl('allowed', ['allow'], { server: mainServer }, 'Queries allowed by an access rule.'),
];

const hosts: readonly Metric[] = [
  {
    name: 'coredns_hosts_entries',
    type: 'gauge',
    cells: 'hostsRecords',
    across: 'max',
    labels: { hostsfile: 'hostsFile' },
    help: 'As kubezone_hosts_records.',
  },
  {
    name: 'coredns_hosts_reload_timestamp_seconds',
    type: 'gauge',
    cells: 'hostsRead',
    across: 'max',
    labels: {},
    help: 'As kubezone_hosts_read_timestamp_seconds.',
  },
];

const others: readonly Metric[] = [
  {
    name: 'coredns_build_info',
    type: 'gauge',
    read: true,
    labels: ['version', 'revision', 'goversion'],
    help: '1; goversion is the JavaScript runtime.',
  },
  {
    name: 'coredns_plugin_enabled',
    type: 'gauge',
    read: true,
    labels: ['server', 'zone', 'view', 'name'],
    help: '1 for the CoreDNS plugins whose function is provided.',
  },
  {
    name: 'coredns_kubernetes_dns_programming_duration_seconds',
    type: 'histogram',
    cells: 'programming',
    labels: { service_kind: { of: 'serviceKind', text: (kind) => (kind === 'other' ? undefined : kind) } },
    help: 'As kubezone_cluster_programming_duration_seconds.',
  },
  {
    name: 'coredns_reload_failed_total',
    type: 'counter',
    cells: 'reloads',
    only: { result: 'failure' },
    labels: {},
    help: 'Config files refused.',
  },
  {
    name: 'coredns_reload_version_info',
    type: 'gauge',
    read: true,
    labels: ['hash', 'value'],
    help: '1; value is a hash of the options in use.',
  },
  {
    name: 'coredns_autopath_success_total',
    type: 'counter',
    cells: 'autopathAnswers',
    labels: { server: mainServer },
    help: 'As kubezone_autopath_answers_total.',
  },
  {
    name: 'go_goroutines',
    type: 'gauge',
    read: true,
    labels: [],
    help: 'Number of threads of the process, the closest equivalent of goroutines.',
  },
];

export const pluginMetrics: readonly Metric[] = [...access, ...hosts, ...corednsRequestMetrics, ...others];

/** CoreDNS's metric families that are not exported, and why: nothing here does what they count. */
export const notExported: readonly string[] = [
  '`coredns_health_*`: the server does not query its own health endpoint; `kubezone_thread_event_loop_delay_seconds` shows the delay of its threads.',
  '`coredns_kubernetes_rest_client_rate_limiter_duration_seconds`: requests to the API server are not rate-limited by the client.',
  '`coredns_dns_https3_responses_total`, `coredns_dns_quic_responses_total`, `coredns_grpc_*`: these transports are not supported.',
  '`coredns_template_*`, `coredns_dnssec_*`, `coredns_dns64_*`, `coredns_local_*`, `coredns_shed_*`: there are no equivalent features.',
  '`coredns_nodecache_setup_errors_total`: failures to set up the interface of a node-local cache are in the log of its init container.',
  '`go_*` other than `go_goroutines`: the runtime is not Go; `process_*` have the same names.',
];
