/**
 * A cluster of the size that Kubernetes is tested for, 10,000 Services with 15 endpoints each, behind a fake API server in its own process. The
 * same process changes it and measures how soon a change is answered, so that no communication between processes adds to the latency.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../fakes/api-server/history.ts';
import { PROTOBUF } from '../fakes/api-server/protobuf.ts';
import { startFakeApiServer, type FakeApiServer } from '../fakes/api-server/server.ts';

export const SERVICES = 10_000;
export const ENDPOINTS = 15;
const NAMESPACES = 100;
/** A change that is not answered within this time counts as unseen, ms. */
const PATIENCE = 2000;
/** A query without an answer within this time is sent again, ms. */
const LOST_AFTER = 50;
const HEADER_SIZE = 12;

export type Order =
  /** Changes slices for `seconds`, `rate` per second, and queries the server on `port` until each change is answered. */
  | { readonly kind: 'change'; readonly port: number; readonly rate: number; readonly seconds: number }
  /** Compacts the history and ends every watch, so that everything is listed again. */
  | { readonly kind: 'relist' };

export interface Seen {
  /** From the event of a change until the answer that shows it, ms, sorted. */
  readonly latencies: readonly number[];
  readonly unseen: number;
}

const port = { name: 'http', port: 80, protocol: 'TCP' };
const namespaceOf = (i: number): string => `ns-${i % NAMESPACES}`;

function service(i: number): KubernetesObject {
  // Every second Service is headless: only there do the endpoints appear in A records.
  const clusterIP = i % 2 === 0 ? `10.96.${i >> 8}.${i & 255}` : 'None';
  const spec = { clusterIP, clusterIPs: [clusterIP], type: 'ClusterIP', ports: [port] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: `svc-${i}`, namespace: namespaceOf(i) }, spec };
}

function slice(i: number, first = address(i * ENDPOINTS)): KubernetesObject {
  const addresses = [first, ...Array.from({ length: ENDPOINTS - 1 }, (_, n) => address(i * ENDPOINTS + n + 1))];
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `svc-${i}-x`, namespace: namespaceOf(i), labels: { 'kubernetes.io/service-name': `svc-${i}` } },
    addressType: 'IPv4',
    ports: [port],
    endpoints: addresses.map((ip, n) => ({
      addresses: [ip],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${(i + n) % 5000}`,
      targetRef: { kind: 'Pod', name: `svc-${i}-pod-${n}`, namespace: namespaceOf(i) },
    })),
  };
}

/** The address of the `n`th pod. Those of a Service are in no order, as they run on different nodes; the factor is odd, so that each is another. */
function address(n: number): string {
  const at = (n * 40_503) % 2 ** 18;
  return `10.${128 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
}

function* objects(): Generator<KubernetesObject> {
  for (let i = 0; i < NAMESPACES; i++) yield { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `ns-${i}` } };
  for (let i = 0; i < SERVICES; i++) yield service(i);
  for (let i = 0; i < SERVICES; i++) yield slice(i);
}

async function change(api: FakeApiServer, { port: server, rate, seconds }: Order & { kind: 'change' }): Promise<Seen> {
  const client = await connect(server);
  const start = performance.now();
  const results: Promise<number | undefined>[] = [];
  for (let n = 0; n < rate * seconds; n++) {
    const i = (n * 2 + 1) % SERVICES;
    results.push(timeOf(api, client, i, `11.${(performance.now() * 1000) & 255}.${n >> 8}.${n & 255}`));
    await wait(Math.max(0, start + ((n + 1) * 1000) / rate - performance.now()));
  }
  const times = await Promise.all(results);
  client.close();
  const latencies = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return { latencies, unseen: times.length - latencies.length };
}

/** When the last event was about to be written, ms: what the API server itself does with a change before is not counted. */
let sentAt = 0;

/**
 * Changes the first endpoint of Service `i` to `ip`, and resolves to the ms from when its event is sent until `ip` is answered; undefined when it is not
 * in time.
 */
async function timeOf(api: FakeApiServer, client: Client, i: number, ip: string): Promise<number | undefined> {
  const query = queryFor(i);
  const wanted = Buffer.from(ip.split('.').map(Number));
  const changed = slice(i, ip);
  api.put(changed);
  const changedAt = sentAt;
  while (performance.now() - changedAt < PATIENCE) {
    const response = await client.ask(query);
    if (response?.includes(wanted) === true) return performance.now() - changedAt;
  }
  return undefined;
}

interface Client {
  /** Resolves to undefined when no answer comes in time. */
  ask(query: Buffer): Promise<Buffer | undefined>;
  close(): void;
}

async function connect(port: number): Promise<Client> {
  const waiting = new Map<number, (response?: Buffer) => void>();
  const socket = createSocket('udp4');
  socket.on('message', (response) => waiting.get(response.readUInt16BE(0))?.(response));
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return {
    ask: (query) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), LOST_AFTER);
        waiting.set(query.readUInt16BE(0), (response) => {
          clearTimeout(timer);
          resolve(response);
        });
        socket.send(query);
      }),
    close: () => void socket.close(),
  };
}

/** A query for the A records of Service `i`, with EDNS; its id is `i`. */
function queryFor(i: number): Buffer {
  const labels = [`svc-${i}`, namespaceOf(i), 'svc', 'cluster', 'local'];
  const name = Buffer.concat([...labels.map((label) => Buffer.from(String.fromCharCode(label.length) + label)), Buffer.alloc(1)]);
  const query = Buffer.concat([Buffer.alloc(HEADER_SIZE), name, Buffer.of(0, 1, 0, 1), Buffer.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0)]);
  query.writeUInt16BE(i, 0);
  query[2] = 1;
  query[5] = 1;
  query[11] = 1;
  return query;
}

/** Lists everything a few times, so that the first server is not measured with an API server that is slower than the next one's. */
async function warmUp({ url }: FakeApiServer): Promise<void> {
  const parameters = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1';
  for (let round = 0; round < 3; round++)
    for (const path of ['api/v1/namespaces', 'api/v1/services', 'apis/discovery.k8s.io/v1/endpointslices']) {
      const response = await fetch(`${url}/${path}?${parameters}`, { headers: { accept: PROTOBUF } });
      await response.arrayBuffer();
    }
}

/** Runs in its own process: sends the path of its kubeconfig, then carries out the orders it receives. */
async function main(kubeconfig: string): Promise<void> {
  const api = await startFakeApiServer(objects(), { sending: () => (sentAt = performance.now()) });
  await warmUp(api);
  process.send!(await api.kubeconfig(kubeconfig));
  process.on('message', (order: Order) => {
    if (order.kind === 'change') void change(api, order).then((seen) => process.send!(seen));
    else {
      api.compact();
      api.endWatches();
    }
  });
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2]!);
