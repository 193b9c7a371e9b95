import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { fakeTelemetry, nonZero } from '../../test/fakes/telemetry.ts';
import { Failure } from '../kubernetes/failure.ts';
import { clusterObserver, clusterReaders } from './cluster-observer.ts';
import { reflectorTelemetry } from './reflector-observer.ts';

const services = { name: 'services', namespace: '' };

test('a reflector: what it did, and how old what it holds is', async () => {
  const clock = fakeClock();
  const { counters, log } = fakeTelemetry();
  const { observer, readers } = reflectorTelemetry(counters, clock, log);
  const { metrics } = fakeTelemetry(readers);
  observer.listing(services, 'start');
  // A list is streamed by a watch: that it has begun does not make anything fresh.
  observer.watching(services);
  await clock.advance(500);
  expect(await nonZero(metrics)).toEqual([]);
  observer.holds(services, 12, '123456789012345678901');
  observer.listed(services, 'stream', 250);
  await clock.advance(2000);
  observer.event(services, 'BOOKMARK');
  await clock.advance(1000);
  const lines = await nonZero(metrics);
  expect(lines).toEqual([
    'kubezone_reflector_objects{resource="services"} 12',
    'kubezone_reflector_resource_version{resource="services",namespace=""} 123456789012345680000',
    'kubezone_reflector_last_event_age_seconds{resource="services",namespace=""} 3',
    'kubezone_reflector_last_bookmark_age_seconds{resource="services",namespace=""} 1',
    'kubezone_reflector_age_seconds{resource="services",namespace=""} 1',
    'kubezone_reflector_synced{resource="services",namespace=""} 1',
  ]);
  observer.watching(services);
  expect(await nonZero(metrics)).not.toContainEqual(expect.stringContaining('kubezone_reflector_age_seconds'));
});

test('what may not be listed and is presumed is no failure, and said once; a list ends it', async () => {
  const { counters, log, said } = fakeTelemetry();
  const { observer, readers } = reflectorTelemetry(counters, fakeClock(), log);
  const { metrics } = fakeTelemetry(readers);
  const namespaces = { name: 'namespaces', namespace: '' };
  observer.listing(namespaces, 'start');
  observer.presumed(namespaces, 2);
  observer.presumed(namespaces, 2);
  const text = (await metrics.scrape('text')).body;
  expect(text).toContain('kubezone_reflector_objects{resource="namespaces"} 2');
  expect(text).not.toContain('kubezone_reflector_synced{');
  expect(text).not.toContain('kubezone_reflector_errors_total{');
  expect(said.filter((line) => line.includes('taken to exist'))).toHaveLength(1);
  observer.listed(namespaces, 'pages', 5);
  expect((await metrics.scrape('text')).body).toContain('kubezone_reflector_synced{resource="namespaces",namespace=""} 1');
});

test('a reflector counts lists, events and failures by their cause', async () => {
  const { counters, metrics, log, said } = fakeTelemetry();
  const { observer } = reflectorTelemetry(counters, fakeClock(), log);
  observer.listing(services, 'expired');
  observer.listed({ name: 'widgets', namespace: 'a' }, 'pages', 1500);
  observer.watching(services);
  observer.event(services, 'MODIFIED');
  observer.passedOver(services);
  observer.invalid(services, 'services/a: no name');
  observer.failed(services, new Failure('forbidden', 'may not list services'), 800);
  observer.audited(services, 3);
  observer.received(services, 512);
  expect(await nonZero(metrics)).toEqual([
    'kubezone_reflector_lists_total{resource="other",method="pages"} 1',
    'kubezone_reflector_list_seconds_total{resource="other"} 1.5',
    'kubezone_reflector_relists_total{resource="services",cause="expired"} 1',
    'kubezone_reflector_watches_total{resource="services"} 1',
    'kubezone_reflector_events_total{resource="services",event="modified"} 1',
    'kubezone_reflector_events_total{resource="services",event="passed_over"} 1',
    'kubezone_reflector_events_total{resource="services",event="invalid"} 1',
    'kubezone_reflector_errors_total{resource="services",reason="forbidden"} 1',
    'kubezone_reflector_received_bytes_total{resource="services"} 512',
    'kubezone_reflector_audits_total{resource="services"} 1',
    'kubezone_reflector_audit_differences_total{resource="services"} 3',
  ]);
  expect(said).toContain('may not list services');
});

test('each list of each namespace has a line of its own: the log keeps back what it has said already', () => {
  const { counters, log, said } = fakeTelemetry();
  const { observer } = reflectorTelemetry(counters, fakeClock(), log);
  for (const of of [services, { name: 'services', namespace: 'a' }, { name: 'services', namespace: 'b' }]) {
    observer.listing(of, 'start');
    observer.listed(of, 'stream', 5);
    observer.audited(of, 1);
    observer.listing(of, 'audit');
    observer.listed(of, 'pages', 5);
  }
  expect(said).toHaveLength(15);
  expect(new Set(said).size).toBe(15);
  expect(said.slice(-4)).toEqual([
    'listed services in b',
    "what is held of services in b differed from the API server's",
    'listing services in b again',
    'listed services in b again',
  ]);
});

test('what is published of the cluster', async () => {
  const counts = { services: 3, addresses: 9, namespaces: 2, pods: 0 };
  const { counters, metrics, log } = fakeTelemetry(
    clusterReaders({ counts, digest: 77, serial: 1_800_000_000, state: 'live' }, ['cluster.local.']),
  );
  const observer = clusterObserver(counters, log);
  observer.programmed('headless', 1500);
  observer.programmed('clusterIP', -20);
  observer.leftOut('default/web', 'the port name "A_B" is no label');
  const lines = (await nonZero(metrics)).filter((line) => !line.includes('_bucket'));
  expect(lines).toEqual([
    'kubezone_cluster_services 3',
    'kubezone_cluster_endpoint_addresses 9',
    'kubezone_cluster_namespaces 2',
    'kubezone_cluster_state{state="live"} 1',
    'kubezone_cluster_digest 77',
    'kubezone_zone_serial{zone="cluster.local."} 1800000000',
    'kubezone_cluster_left_out_total 1',
    'kubezone_cluster_programming_duration_seconds_count{service_kind="cluster_ip"} 1',
    'kubezone_cluster_programming_duration_seconds_sum{service_kind="headless_with_selector"} 1.5',
    'kubezone_cluster_programming_duration_seconds_count{service_kind="headless_with_selector"} 1',
    'coredns_kubernetes_dns_programming_duration_seconds_count{service_kind="cluster_ip"} 1',
    'coredns_kubernetes_dns_programming_duration_seconds_sum{service_kind="headless_with_selector"} 1.5',
    'coredns_kubernetes_dns_programming_duration_seconds_count{service_kind="headless_with_selector"} 1',
  ]);
});
