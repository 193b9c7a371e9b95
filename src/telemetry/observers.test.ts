import { expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { exchanged } from '../../test/fakes/exchanged.ts';
import { fakeTelemetry, nonZero, type Telemetry } from '../../test/fakes/telemetry.ts';
import type { Client } from '../wire/query.ts';
import { ROOT } from '../wire/name.ts';
import { cacheObserver, upstreamObserver } from './forward-observers.ts';
import { listenerObserver } from './listener-observer.ts';
import { countedAlert, filterObserver, policyObservers, type PolicyObservers } from './policy-observers.ts';
import { threadCounters } from './shared-memory.ts';

const client: Client = { address: new Uint8Array(4), port: 1, transport: 'udp' };
const { query } = exchanged();
const listener = ({ counters, log }: Telemetry, transport: 'udp' | 'tcp' = 'udp'): ReturnType<typeof listenerObserver> =>
  listenerObserver({
    counters,
    transport,
    url: '',
    batch: () => undefined,
    read: () => undefined,
    backlog: () => undefined,
    log,
    clock: fakeClock(3000),
  });
const upstream = ({ counters, slots }: Telemetry): ReturnType<typeof upstreamObserver> => {
  const observer = upstreamObserver(counters, slots);
  observer.added(4, 'udp://192.0.2.1:53');
  return observer;
};

const told: readonly { readonly what: string; readonly tell: (parts: Telemetry) => void; readonly shows: readonly string[] }[] = [
  {
    what: 'a batch',
    tell: (parts) => listener(parts).batch(5, 4, 0.2),
    shows: [
      'kubezone_listener_received_total{proto="udp"} 5',
      'kubezone_listener_sent_total{proto="udp"} 4',
      'kubezone_listener_batches_total{proto="udp"} 1',
    ],
  },
  {
    what: 'answers that came later',
    tell: (parts) => listener(parts).sentLater(3),
    shows: ['kubezone_listener_sent_total{proto="udp"} 3'],
  },
  { what: 'packets too long', tell: (parts) => listener(parts).oversized(2), shows: ['kubezone_listener_oversized_total{proto="udp"} 2'] },
  { what: 'client drops', tell: (parts) => listener(parts).clientDrops(5), shows: ['kubezone_listener_client_drops_total{proto="udp"} 5'] },
  { what: 'kernel drops', tell: (parts) => listener(parts).kernelDrops(7), shows: ['kubezone_listener_kernel_drops_total{proto="udp"} 7'] },
  {
    what: 'the receive buffer',
    tell: (parts) => listener(parts).receiveBuffer(425_984),
    shows: ['kubezone_listener_receive_buffer_bytes{proto="udp"} 425984'],
  },
  {
    what: 'a failed call, of a code nobody lists',
    tell: (parts) => listener(parts).failed('sendmmsg', 'EWHATEVER', 2),
    shows: ['kubezone_listener_call_failures_total{proto="udp",code="other"} 1', 'kubezone_listener_lost_responses_total{proto="udp"} 2'],
  },
  {
    what: 'connections',
    tell: (parts) => {
      const tcp = listener(parts, 'tcp');
      tcp.opened();
      tcp.opened();
      tcp.opened();
      tcp.closed();
      tcp.closed('idle');
      tcp.refused('client-limit');
    },
    shows: [
      'kubezone_listener_connections{proto="tcp"} 1',
      'kubezone_listener_connections_opened_total{proto="tcp"} 3',
      'kubezone_listener_connections_closed_total{proto="tcp",reason="client"} 1',
      'kubezone_listener_connections_closed_total{proto="tcp",reason="idle"} 1',
      'kubezone_listener_connections_refused_total{proto="tcp",reason="client-limit"} 1',
    ],
  },
  {
    what: 'a certificate that is of no use',
    tell: (parts) => {
      listener(parts).certificateValid(new Date(1000), new Date(5000));
      listener(parts).certificate(new Error('no key'));
    },
    shows: [
      'kubezone_listener_certificate_reloads_total{proto="udp",result="failure"} 1',
      'kubezone_listener_certificate_unusable 1',
      'kubezone_listener_certificate_not_before_timestamp_seconds 1',
      'kubezone_listener_certificate_not_after_timestamp_seconds 5',
    ],
  },
  {
    what: 'a certificate that is renewed',
    tell: (parts) => {
      listener(parts).certificate(new Error('no key'));
      listener(parts).certificateValid(new Date(2000), new Date(7000));
      listener(parts).certificate();
    },
    shows: [
      ...['failure', 'success'].map((result) => `kubezone_listener_certificate_reloads_total{proto="udp",result="${result}"} 1`),
      'kubezone_listener_certificate_not_before_timestamp_seconds 2',
      'kubezone_listener_certificate_not_after_timestamp_seconds 7',
    ],
  },
  {
    what: 'the cache',
    tell: ({ counters, log }) => {
      const cache = cacheObserver(counters, log);
      for (const hit of [0, 0, 1, 2] as const) cache.hit(hit);
      cache.miss();
      cache.evicted(1);
      cache.holds([5, 3, 1], 4096);
      cache.prefetched();
      cache.coalesced();
      cache.refreshFailed(new Error('broken'));
    },
    shows: [
      'kubezone_cache_hits_total{kind="positive"} 2',
      'kubezone_cache_hits_total{kind="negative"} 1',
      'kubezone_cache_hits_total{kind="stale"} 1',
      'kubezone_cache_misses_total 1',
      'kubezone_cache_evictions_total{kind="negative"} 1',
      'kubezone_cache_entries{kind="positive"} 5',
      'kubezone_cache_entries{kind="negative"} 3',
      'kubezone_cache_entries{kind="failure"} 1',
      'kubezone_cache_size_bytes 4096',
      'kubezone_cache_prefetches_total 1',
      'kubezone_cache_coalesced_total 1',
      'kubezone_cache_refresh_failures_total 1',
      'coredns_cache_entries{server="dns://:53",type="success",zones=".",view=""} 5',
      'coredns_cache_entries{server="dns://:53",type="denial",zones=".",view=""} 4',
      'coredns_cache_requests_total{server="dns://:53",zones=".",view=""} 5',
      'coredns_cache_hits_total{server="dns://:53",type="success",zones=".",view=""} 2',
      'coredns_cache_hits_total{server="dns://:53",type="denial",zones=".",view=""} 1',
      'coredns_cache_misses_total{server="dns://:53",zones=".",view=""} 1',
      'coredns_cache_prefetch_total{server="dns://:53",zones=".",view=""} 1',
      'coredns_cache_served_stale_total{server="dns://:53",zones=".",view=""} 1',
      'coredns_cache_evictions_total{server="dns://:53",type="denial",zones=".",view=""} 1',
    ],
  },
  {
    what: 'an upstream that fails and is down',
    tell: (parts) => {
      const observer = upstream(parts);
      observer.failed(4, 'timeout', 500);
      observer.changed(4, 'down');
      observer.hedged(4);
      observer.asked(4, true);
      observer.asked(4, true);
      observer.asked(4, false);
      observer.dropped(4);
      observer.rejected();
    },
    shows: [
      'kubezone_upstream_queries_total{upstream="udp://192.0.2.1:53"} 1',
      'kubezone_upstream_failures_total{upstream="udp://192.0.2.1:53",cause="timeout"} 1',
      'kubezone_upstream_connection_uses_total{upstream="udp://192.0.2.1:53",use="kept"} 2',
      'kubezone_upstream_connection_uses_total{upstream="udp://192.0.2.1:53",use="new"} 1',
      'kubezone_upstream_hedged_total{upstream="udp://192.0.2.1:53"} 1',
      'kubezone_upstream_dropped_replies_total{upstream="udp://192.0.2.1:53"} 1',
      'kubezone_upstream_state{upstream="udp://192.0.2.1:53",state="down"} 1',
      'kubezone_upstream_rejected_total 1',
      'kubezone_upstream_downs_total{upstream="udp://192.0.2.1:53"} 1',
      'kubezone_upstream_none_up_total 1',
      'coredns_cache_drops_total{server="dns://:53",zones=".",view=""} 1',
      'coredns_proxy_conn_cache_hits_total{proxy_name="forward",to="192.0.2.1:53",proto="udp"} 2',
      'coredns_proxy_conn_cache_misses_total{proxy_name="forward",to="192.0.2.1:53",proto="udp"} 1',
      'coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="192.0.2.1:53"} 1',
      'coredns_forward_healthcheck_failures_total{to="192.0.2.1:53",rcode=""} 1',
      'coredns_forward_healthcheck_broken_total 1',
      'coredns_forward_requests_total{to="192.0.2.1:53"} 1',
      'coredns_forward_max_concurrent_rejects_total 1',
    ],
  },
  {
    what: 'an upstream that is gone',
    tell: (parts) => upstream(parts).removed(4),
    shows: [],
  },
  {
    what: 'policies',
    tell: ({ counters, slots, log }) => {
      const policies = policyObservers(counters, log);
      policies.acl.decided(0, 'refuse', query);
      policies.forwardAllow.refused(query);
      policies.rateLimit.limited(1, 2, client, ROOT, 0);
      policies.rateLimit.limited(1, 1, client, ROOT, 0);
      policies.clientLimit.overRate(query);
      policies.clientLimit.overShare(client);
      policies.cookie.checked('good');
      policies.views.hidden('a', 'b', query);
      policies.rebinding.refused(ROOT);
      filterObserver(counters, slots, ['own.txt', 'ads.rpz']).matched(1, 2, query);
      countedAlert(counters, log)('tunnel', '10.0.0.1', 'long names of one domain');
    },
    shows: [
      'kubezone_acl_decisions_total{action="refuse"} 1',
      'coredns_acl_blocked_requests_total{server="dns://:53",zone=".",view=""} 1',
      'kubezone_forward_refused_total 1',
      'kubezone_rate_limited_total{limit="nxdomains",result="slipped"} 1',
      'kubezone_rate_limited_total{limit="nxdomains",result="dropped"} 1',
      'kubezone_client_over_rate_total 1',
      'kubezone_client_over_share_total 1',
      'kubezone_cookies_total{verdict="good"} 1',
      'kubezone_views_hidden_total 1',
      'kubezone_rebind_refused_total 1',
      'kubezone_filter_matches_total{list="ads.rpz",action="passthru"} 1',
      'kubezone_alerts_total{kind="tunnel"} 1',
    ],
  },
];

test.each(told)('$what: what is told is what is shown', async ({ tell, shows }) => {
  const parts = fakeTelemetry();
  tell(parts);
  expect((await nonZero(parts.metrics)).toSorted()).toEqual([...shows].toSorted());
});

test('of many upstreams too it is shown which states they are not in: none up is seen by zeros', async () => {
  const { counters, slots, metrics } = fakeTelemetry();
  const observer = upstreamObserver(counters, slots);
  for (let upstream = 0; upstream < 31; upstream++) {
    observer.added(upstream, `udp://192.0.2.${upstream}:53`);
    observer.changed(upstream, 'down');
  }
  const { body } = await metrics.scrape('text');
  expect(body.match(/^kubezone_upstream_state\{.*state="(up|trial|loop)"\} 0$/gm)).toHaveLength(3 * 31);
  expect(body.match(/^kubezone_upstream_state\{.*state="down"\} 1$/gm)).toHaveLength(31);
});

test('replies of an upstream have their time under their RCODE, errors too', async () => {
  const parts = fakeTelemetry();
  const observer = upstream(parts);
  observer.answered(4, 0, 3, 2.5);
  observer.failed(4, 'servfail', 40);
  const lines = await nonZero(parts.metrics);
  expect(lines).toContain('kubezone_upstream_round_trip_seconds{upstream="udp://192.0.2.1:53"} 0.0025');
  expect(lines).toContain('kubezone_upstream_duration_seconds_count{upstream="udp://192.0.2.1:53"} 2');
  expect(lines).toContain(
    'coredns_proxy_request_duration_seconds_bucket{le="0.004",proxy_name="forward",to="192.0.2.1:53",rcode="NOERROR"} 1',
  );
  expect(lines).toContain('coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="192.0.2.1:53",rcode="SERVFAIL"} 1');
  expect(lines).toContain('coredns_forward_responses_total{to="192.0.2.1:53",rcode="SERVFAIL"} 1');
});

test.each<[string, (policies: PolicyObservers, receivedAt: number) => void]>([
  ['--forward-allow', ({ forwardAllow }, receivedAt) => forwardAllow.refused({ ...query, receivedAt })],
  ['--rate-limit-exempt', ({ rateLimit }, at) => rateLimit.limited(0, 1, client, ROOT, at)],
  ['--client-rate', ({ clientLimit }, receivedAt) => clientLimit.overRate({ ...query, receivedAt })],
])('who is refused or limited is said with what to do about it, %s, at most once a minute', (option, tell) => {
  const { counters, log, said } = fakeTelemetry();
  const policies = policyObservers(counters, log);
  for (const at of [0, 1000, 59_999]) tell(policies, at);
  expect(said).toEqual([expect.stringContaining(option)]);
  tell(policies, 60_000);
  expect(said).toHaveLength(2);
});

test.each<[string, (parts: Telemetry) => void]>([
  ['--udp-receive-buffer', (parts) => listener(parts).kernelDrops(7)],
  ['--client-rate', (parts) => listener(parts).clientDrops(5)],
  ['the certificate could not be used', (parts) => listener(parts).certificate(new Error('no key'))],
  ['no key', (parts) => listener(parts).certificate(new Error('no key'))],
  ['the certificate was read again', (parts) => listener(parts).certificate()],
  ['asked in the background failed', ({ counters, log }) => cacheObserver(counters, log).refreshFailed(new Error('broken'))],
  ['long names of one domain', ({ counters, log }) => countedAlert(counters, log)('tunnel', '10.0.0.1', 'long names of one domain')],
])('the log says: %s', (text, tell) => {
  const parts = fakeTelemetry();
  tell(parts);
  expect(parts.said).toEqual([expect.stringContaining(text)]);
});

test.for([
  { from: 1000, to: 5000, warnings: 0 },
  { from: 1000, to: 2000, warnings: 1 },
  { from: 4000, to: 5000, warnings: 1 },
])('a certificate valid from $from to $to ms, at 3000', ({ from, to, warnings }) => {
  const telemetry = fakeTelemetry();
  listener(telemetry).certificateValid(new Date(from), new Date(to));
  expect(telemetry.said).toEqual(Array(warnings).fill(expect.stringContaining('not valid at this time')));
});

test('the end of a batch is told to the answers, and what still waits to who asked for it', () => {
  const batch = vi.fn();
  const [read, backlog] = [vi.fn(), vi.fn()];
  const observer = listenerObserver({ ...fakeTelemetry(), transport: 'udp', url: '', batch, read, backlog, clock: fakeClock() });
  observer.batch(1, 1, 0.25);
  expect(batch).toHaveBeenCalledWith(0.25);
  observer.read(true);
  expect(read).toHaveBeenCalledWith(true);
  observer.backlog(768, true);
  expect(backlog).toHaveBeenCalledWith(768, true);
});

test('a thread that takes the place of a crashed one goes on with its counts, not with its connections', async () => {
  const parts = fakeTelemetry();
  const tcp = listener(parts, 'tcp');
  tcp.opened();
  threadCounters(parts.block);
  expect(await nonZero(parts.metrics)).toEqual(['kubezone_listener_connections_opened_total{proto="tcp"} 1']);
});
