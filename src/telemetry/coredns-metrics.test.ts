import { expect, test } from 'vitest';
import { corednsMetrics } from './coredns-metrics.ts';
import { corednsReaders } from './coredns-readers.ts';
import { countersBlock, countersOver } from './counters.ts';
import type { Facts } from './metric.ts';
import { createMetrics } from './registry.ts';
import { Slots, slotsBlock } from './slots.ts';

const facts: Facts = {
  version: '1.2.3',
  revision: 'abc',
  runtime: 'v26',
  servers: { udp: 'dns://:53', tcp: 'dns://:53', tls: 'tls://:853', https: 'https://:443' },
};

const TIME = Array.from({ length: 16 }, (_, k) => String(0.00025 * 2 ** k));
const SIZE = ['0', '100', '200', '300', '400', '511', '1023', '2047', '4095', '8291', '16000', '32000', '48000', '64000'];
const REQUEST = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10'];
const PROGRAMMING = Array.from({ length: 20 }, (_, k) => String(0.001 * 2 ** k));

/** As CoreDNS 1.14 exports them, and the forward plugin before 1.11: type, labels in their order, bounds. */
const families: readonly [name: string, type: string, labels: string, bounds?: readonly string[]][] = [
  ['coredns_build_info', 'gauge', 'version revision goversion'],
  ['coredns_panics_total', 'counter', ''],
  ['coredns_plugin_enabled', 'gauge', 'server zone view name'],
  ['coredns_dns_requests_total', 'counter', 'server zone view proto family type'],
  ['coredns_dns_request_duration_seconds', 'histogram', 'server zone view', TIME],
  ['coredns_dns_request_size_bytes', 'histogram', 'server zone view proto', SIZE],
  ['coredns_dns_response_size_bytes', 'histogram', 'server zone view proto', SIZE],
  ['coredns_dns_do_requests_total', 'counter', 'server zone view'],
  ['coredns_dns_responses_total', 'counter', 'server zone view rcode plugin'],
  ['coredns_dns_https_responses_total', 'counter', 'server status'],
  ['coredns_cache_entries', 'gauge', 'server type zones view'],
  ['coredns_cache_requests_total', 'counter', 'server zones view'],
  ['coredns_cache_hits_total', 'counter', 'server type zones view'],
  ['coredns_cache_misses_total', 'counter', 'server zones view'],
  ['coredns_cache_prefetch_total', 'counter', 'server zones view'],
  ['coredns_cache_drops_total', 'counter', 'server zones view'],
  ['coredns_cache_served_stale_total', 'counter', 'server zones view'],
  ['coredns_cache_evictions_total', 'counter', 'server type zones view'],
  ['coredns_proxy_request_duration_seconds', 'histogram', 'proxy_name to rcode', TIME],
  ['coredns_proxy_healthcheck_failures_total', 'counter', 'proxy_name to'],
  ['coredns_forward_requests_total', 'counter', 'to'],
  ['coredns_forward_responses_total', 'counter', 'to rcode'],
  ['coredns_forward_request_duration_seconds', 'histogram', 'to rcode', TIME],
  ['coredns_forward_healthcheck_failures_total', 'counter', 'to rcode'],
  ['coredns_forward_healthcheck_broken_total', 'counter', ''],
  ['coredns_forward_max_concurrent_rejects_total', 'counter', ''],
  ['coredns_kubernetes_dns_programming_duration_seconds', 'histogram', 'service_kind', PROGRAMMING],
  ['coredns_reload_failed_total', 'counter', ''],
  ['coredns_reload_version_info', 'gauge', 'hash value'],
  ['coredns_autopath_success_total', 'counter', 'server'],
  ['coredns_proxy_conn_cache_hits_total', 'counter', 'proxy_name to proto'],
  ['coredns_proxy_conn_cache_misses_total', 'counter', 'proxy_name to proto'],
  ['coredns_acl_blocked_requests_total', 'counter', 'server zone view'],
  ['coredns_acl_filtered_requests_total', 'counter', 'server zone view'],
  ['coredns_acl_dropped_requests_total', 'counter', 'server zone view'],
  ['coredns_acl_allowed_requests_total', 'counter', 'server view'],
  ['coredns_kubernetes_rest_client_requests_total', 'counter', 'code method host'],
  ['coredns_kubernetes_rest_client_request_duration_seconds', 'histogram', 'verb host', REQUEST],
  ['coredns_hosts_entries', 'gauge', 'hostsfile'],
  ['coredns_hosts_reload_timestamp_seconds', 'gauge', ''],
  ['go_goroutines', 'gauge', ''],
];

async function scraped(): Promise<string> {
  const slots = new Slots(slotsBlock());
  for (const zone of ['cluster.local.', '.']) slots.of('zone', zone);
  slots.of('upstream', 'tls://192.0.2.1:853');
  slots.of('hostsFile', '/etc/hosts');
  slots.of('apiHost', '10.96.0.1:443');
  const block = countersBlock();
  countersOver(block).fill(1);
  const readers = corednsReaders(facts, ['cluster.local.', '.'], () => ({ hosts: ['/etc/hosts'], acl: [], autopath: true }));
  const metrics = createMetrics({ metrics: corednsMetrics, blocks: [block], slots, facts, readers });
  return (await metrics.scrape('text')).body;
}

test('every family of the table and no other', async () => {
  const found = [...(await scraped()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name!} ${type!}`);
  expect(found.toSorted()).toEqual(families.map(([name, type]) => `${name} ${type}`).toSorted());
});

test.each(families)('%s is a %s with the labels "%s", every one of its series', async (...row) => {
  const [name, type, labels, bounds = []] = row;
  const body = await scraped();
  const sample = type === 'histogram' ? `${name}_count` : name;
  const lines = body.split('\n').filter((line) => line.startsWith(`${sample}{`) || line.startsWith(`${sample} `));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect([...line.matchAll(/(\w+)="/g)].map(([, label]) => label).join(' ')).toBe(labels);
  const les = [...body.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"`, 'gm'))].map(([, le]) => le!);
  if (type === 'histogram') expect([...new Set(les)]).toEqual([...bounds, '+Inf']);
});

test('values of labels are as CoreDNS writes them', async () => {
  const body = await scraped();
  const values = (label: string, family: string): string[] => [
    ...new Set([...body.matchAll(new RegExp(`^${family}\\{.*?\\b${label}="([^"]*)"`, 'gm'))].map(([, value]) => value!)),
  ];
  expect(values('server', 'coredns_dns_requests_total')).toEqual(['dns://:53', 'tls://:853', 'https://:443']);
  expect(values('family', 'coredns_dns_requests_total')).toEqual(['1', '2']);
  expect(values('zone', 'coredns_dns_requests_total')).toEqual(['cluster.local.', '.']);
  expect(values('type', 'coredns_dns_requests_total')).toContain('other');
  expect(values('plugin', 'coredns_dns_responses_total')).toEqual(
    expect.arrayContaining(['kubernetes', 'cache', 'forward', 'acl', 'hosts', '']),
  );
  expect(values('name', 'coredns_plugin_enabled')).toEqual(expect.arrayContaining(['kubernetes', 'hosts', 'autopath']));
  expect(values('name', 'coredns_plugin_enabled')).not.toContain('acl');
  expect(values('hostsfile', 'coredns_hosts_entries')).toEqual(['/etc/hosts']);
  expect(values('rcode', 'coredns_dns_responses_total')).toEqual(expect.arrayContaining(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED']));
  expect(values('type', 'coredns_cache_hits_total')).toEqual(['success', 'denial']);
  expect(values('to', 'coredns_proxy_request_duration_seconds_count')).toEqual(['192.0.2.1:853']);
  expect(values('service_kind', 'coredns_kubernetes_dns_programming_duration_seconds_count')).toEqual([
    'cluster_ip',
    'headless_with_selector',
  ]);
});
