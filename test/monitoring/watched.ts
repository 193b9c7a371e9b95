/** Runs two replicas under load, with a fake API server whose cluster changes and an upstream that sometimes fails, scraped by a real Prometheus. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { startFakeApiServer, type FakeApiServer } from '../fakes/api-server/server.ts';
import { largeCluster } from '../fakes/cluster.ts';
import { startProgram } from '../programs/kubezone.ts';
import { startFakeUpstream, type Reply } from '../fakes/upstream.ts';
import { load } from './load.ts';
import { startPrometheus, type Series } from './prometheus.ts';

export interface Watched {
  /** The admin URLs of the replicas. */
  readonly admins: readonly string[];
  /** Evaluates a dashboard's expression over the whole time, with its variables filled in. */
  range(expression: string): Promise<readonly Series[]>;
  close(): Promise<void>;
}

const rules = fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url));
/** Queries per second to each replica. */
const RATE = 400;

/** Starts everything, and resolves after `seconds` of load. */
export async function watch(seconds: number): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'kubezone-watched-'));
  const stopping = new AbortController();
  const api = await startFakeApiServer(largeCluster({ services: 200, endpoints: 5, namespaces: 20 }), { bookmarkInterval: 5000 });
  const upstream = await startFakeUpstream(saysUpstream);
  const args = [
    ...['--kubeconfig', await api.kubeconfig(join(folder, 'kubeconfig')), '--audit-interval', '10s', '--lameduck', '0s'],
    ...['--upstream', `127.0.0.1:${upstream.port}`, '--zones', `dead.example=127.0.0.1:9`, '--acl', 'refuse name blocked.example'],
    ...['--rate-limit', '50', '--rate-limit-log-only', '--metrics-compat', 'coredns', '--threads', '1'],
  ];
  const replicas = await Promise.all([startProgram(args), startProgram(args)]);
  const prometheus = await startPrometheus({ kubezone: replicas.map(({ admin }) => new URL(admin).host) }, rules);
  const start = Date.now() / 1000;
  const working = [...replicas.map(({ port }) => load(port, RATE, stopping.signal)), live(api, stopping.signal)];
  await wait(seconds * 1000);
  const end = Date.now() / 1000;
  return {
    admins: replicas.map(({ admin }) => admin),
    range: (expression) => prometheus.range(filledIn(expression), start, end),
    async close() {
      stopping.abort();
      await Promise.all(working);
      await Promise.all([prometheus.close(), ...replicas.map((replica) => replica.stop('SIGKILL'))]);
      await Promise.all([api.close(), upstream.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Replaces a dashboard's variables as Grafana does when "All" is selected. */
function filledIn(expression: string): string {
  return expression.replaceAll(/\$__rate_interval|\$__interval|\$resolution/g, '10s').replaceAll(/\$\w+/g, '.*');
}

/** Changes endpoints continually, now and then adds or removes a Service, and makes the watch fail. */
async function live(api: FakeApiServer, signal: AbortSignal): Promise<void> {
  const slices = api.objects('EndpointSlice');
  for (let n = 0; !signal.aborted; n++) {
    const slice = slices[(n * 37) % slices.length]! as unknown as {
      metadata: { annotations: object };
      endpoints: { addresses: string[] }[];
    };
    const annotations = { ...slice.metadata.annotations, 'endpoints.kubernetes.io/last-change-trigger-time': new Date().toISOString() };
    const endpoints = slice.endpoints.map((endpoint, at) =>
      at === 0 ? { ...endpoint, addresses: [`10.200.${(n >> 8) & 0xff}.${n & 0xff}`] } : endpoint,
    );
    api.put({ ...slice, metadata: { ...slice.metadata, annotations }, endpoints } as never);
    if (n % 40 === 10)
      api.put({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `extra-${n}`, namespace: 'ns-1' },
        spec: { clusterIP: `11.1.0.${n % 250}`, ports: [] },
      });
    if (n % 40 === 30) api.remove('Service', `ns-1/extra-${n - 20}`);
    if (n % 60 === 20) api.lie({ kind: 'reset', times: 1 });
    if (n % 60 === 40) api.lie({ kind: 'gap', times: 2 });
    if (n % 100 === 50) api.lie({ kind: 'gone', times: 1, how: 'http' });
    await wait(250);
  }
}

/** Answers TXT with texts long enough to be truncated over UDP, one name in ten with NXDOMAIN, and some new names with SERVFAIL. */
function saysUpstream(name: string, type: string): Reply {
  if (type === 'TXT')
    return {
      rcode: 'NOERROR',
      answers: Array.from({ length: 12 }, (_, n) => ({ type: 'TXT', name, ttl: 20, data: `${n}${'x'.repeat(180)}` })),
    };
  if (/[^\d]\d*3\./.test(name)) return { rcode: 'NXDOMAIN' };
  if (/^new-\d*7\./.test(name)) return { rcode: 'SERVFAIL' };
  return { rcode: 'NOERROR', answers: type === 'A' ? [{ type: 'A', name, ttl: 5, data: '192.0.2.1' }] : [] };
}
