/** Rows of the dashboard about the cluster's state, the sockets, the policies and the process. */
import { chosen, heatmap, lines, quantile, rate, sumBy, type Row } from './panel.ts';

/** Caches on nodes report this zone in place of the cluster's. */
const ofNodes = chosen('kubezone_zone_serial', 'zone="node-local.invalid."');
const programming = 'kubezone_cluster_programming_duration_seconds';

export const clusterRows: readonly Row[] = [
  {
    title: 'The cluster',
    panels: [
      lines(
        'Age of what is served',
        's',
        'Time since the API server last said anything of a resource; a bookmark comes about every minute.',
        [`max by (instance, resource) (${chosen('kubezone_reflector_age_seconds')})`, '{{instance}} {{resource}}'],
      ),
      heatmap('Programming latency', 's', 'From the change of an endpoint to its being served.', programming),
      lines(
        'Programming latency, quantiles',
        's',
        'Half of the changes, and 99 of 100.',
        [quantile(0.5, programming, 'service_kind'), 'p50 {{service_kind}}'],
        [quantile(0.99, programming, 'service_kind'), 'p99 {{service_kind}}'],
      ),
      lines('Changes', 'cps', 'Services whose answers changed.', [
        sumBy('change', rate('kubezone_cluster_service_changes_total')),
        '{{change}}',
      ]),
      lines('Lists asked for again', 'cps', 'A watch that goes on needs none; "expired" after a long time away.', [
        sumBy('resource, cause', rate('kubezone_reflector_relists_total')),
        '{{resource}} {{cause}}',
      ]),
      lines(
        'Failures to follow',
        'cps',
        'Failures to list or watch, and differences that an audit found.',
        [`${sumBy('resource, reason', rate('kubezone_reflector_errors_total'))} > 0`, '{{resource}} {{reason}}'],
        [sumBy('resource', rate('kubezone_reflector_audit_differences_total')), '{{resource}} audit'],
      ),
      lines(
        'Names and records',
        'short',
        'Size of the zones.',
        [`max by (zone) (${chosen('kubezone_zone_names')})`, '{{zone}} names'],
        [`max by (zone) (${chosen('kubezone_zone_records')})`, '{{zone}} records'],
      ),
      lines('Serial', 'none', 'Serials of the zones; they go up together in replicas that follow the same cluster.', [
        chosen('kubezone_zone_serial'),
        '{{instance}} {{zone}}',
      ]),
      lines('Different digests', 'none', 'How many different states the replicas serve; while nothing changes it must be 1.', [
        `count by (job) (count_values by (job) ("digest", ${chosen('kubezone_cluster_digest')} unless on (job, instance) ${ofNodes}))`,
        '{{job}}',
      ]),
    ],
  },
  {
    title: 'Sockets and policies',
    panels: [
      lines(
        'Dropped packets',
        'cps',
        'More arrived than could be answered: the receive buffer was full, or one client had too many waiting.',
        [sumBy('instance, proto', rate('kubezone_listener_kernel_drops_total')), '{{instance}} {{proto}} by the kernel'],
        [sumBy('instance, proto', rate('kubezone_listener_client_drops_total')), '{{instance}} {{proto}} of a client with too many'],
      ),
      lines('Messages a round', 'none', 'How many queries one system call brings; full batches mean a busy server.', [
        `${sumBy('proto', rate('kubezone_listener_received_total'))} / ${sumBy('proto', rate('kubezone_listener_batches_total'))}`,
        '{{proto}}',
      ]),
      lines('Connections', 'short', 'Connections open.', [sumBy('proto', chosen('kubezone_listener_connections')), '{{proto}}']),
      lines(
        'Decided by policy',
        'cps',
        'Queries that access rules, limits or forward-allow decided.',
        [sumBy('action', rate('kubezone_acl_decisions_total')), 'acl {{action}}'],
        [sumBy('limit, result', rate('kubezone_rate_limited_total')), 'rate {{limit}} {{result}}'],
        [`sum(${rate('kubezone_client_over_rate_total')})`, 'client over its rate'],
        [`sum(${rate('kubezone_client_over_share_total')})`, 'client over its share'],
        [`sum(${rate('kubezone_forward_refused_total')})`, 'not allowed to ask outside names'],
      ),
      lines('Signs of attacks', 'none', 'What the detectors saw within ten minutes; the log says who and what.', [
        sumBy('kind', `increase(${chosen('kubezone_alerts_total')}[10m])`),
        '{{kind}}',
      ]),
      lines('Configuration', 'none', '1 when the config file as it stands is in use, 0 when it was refused.', [
        chosen('kubezone_config_last_reload_successful'),
        '{{instance}}',
      ]),
      lines('Log lines', 'cps', 'Warnings and errors.', [
        sumBy('level', rate('kubezone_log_lines_total', 'level=~"warn|error"')),
        '{{level}}',
      ]),
    ],
  },
  {
    title: 'Process',
    panels: [
      lines('Memory', 'bytes', 'Resident memory of each server.', [chosen('process_resident_memory_bytes'), '{{instance}}']),
      lines('CPU by thread', 'percentunit', 'Part of a core: "main" follows the cluster, numbers answer.', [
        rate('kubezone_thread_cpu_seconds_total'),
        '{{instance}} {{thread}}',
      ]),
      lines('Event loop delay', 's', 'Most that a timer was late in five seconds; an answer can be that late.', [
        chosen('kubezone_thread_event_loop_delay_seconds'),
        '{{instance}} {{thread}}',
      ]),
      lines('Heap', 'bytes', 'JavaScript heap in use.', [chosen('kubezone_thread_heap_used_bytes'), '{{instance}} {{thread}}']),
      lines('Garbage collection', 'percentunit', 'Part of the time spent in it.', [
        rate('kubezone_thread_gc_seconds_total'),
        '{{instance}} {{thread}}',
      ]),
      lines('Threads replaced', 'none', 'Serving threads that crashed and were replaced within the hour.', [
        `increase(${chosen('kubezone_thread_restarts_total')}[1h])`,
        '{{instance}}',
      ]),
    ],
  },
];
