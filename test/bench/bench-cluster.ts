/** The cluster that servers are benchmarked with and the questions asked about it, also as files for the programs under test. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../fakes/api-server/history.ts';

export const SERVICES = 5000;
const NAMESPACES = 50;
const HEADLESS = 200;
export const ENDPOINTS = 3;
const OUTSIDE = 1000;
export const OUTSIDE_ZONE = 'outside.example';

export type QuerySet = 'service' | 'srv' | 'absent' | 'cached' | 'uncached';
export const querySets: Readonly<Record<QuerySet, string>> = {
  service: `A of ${SERVICES} Services`,
  srv: `SRV of ${HEADLESS} headless Services with ${ENDPOINTS} endpoints`,
  absent: 'names that do not exist',
  cached: `A of ${OUTSIDE} outside names, all in cache`,
  uncached: 'A of outside names in no cache',
};

const namespaceOf = (i: number): string => `ns-${i % NAMESPACES}`;
export const serviceAddress = (i: number): string => `10.96.${i >> 8}.${i & 255}`;
const endpointAddress = (i: number, endpoint: number): string => `10.244.${i}.${endpoint}`;
const count = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

export function clusterObjects(): KubernetesObject[] {
  const port = { name: 'http', port: 80, protocol: 'TCP' };
  const service = (name: string, i: number, clusterIP: string): unknown => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceOf(i) },
    spec: { clusterIP, clusterIPs: [clusterIP], type: 'ClusterIP', ports: [port] },
  });
  const slice = (i: number): unknown => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `head-${i}-x`, namespace: namespaceOf(i), labels: { 'kubernetes.io/service-name': `head-${i}` } },
    addressType: 'IPv4',
    ports: [port],
    endpoints: count(ENDPOINTS, (n) => ({ addresses: [endpointAddress(i, n + 1)], hostname: `pod-${n}`, conditions: { ready: true } })),
  });
  return [
    ...count(NAMESPACES, (i) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `ns-${i}` } })),
    ...count(SERVICES, (i) => service(`svc-${i}`, i, serviceAddress(i))),
    ...count(HEADLESS, (i) => service(`head-${i}`, i, 'None')),
    ...count(HEADLESS, slice),
  ] as KubernetesObject[];
}

/** The questions of a set, one per line of dnsperf's input. */
export function questions(set: QuerySet): string[] {
  if (set === 'service') return count(SERVICES, (i) => `svc-${i}.${namespaceOf(i)}.svc.cluster.local A`);
  if (set === 'srv') return count(HEADLESS, (i) => `_http._tcp.head-${i}.${namespaceOf(i)}.svc.cluster.local SRV`);
  if (set === 'absent') return count(SERVICES, (i) => `none-${i}.${namespaceOf(i)}.svc.cluster.local A`);
  return count(OUTSIDE, (i) => `www-${i}.${OUTSIDE_ZONE} A`);
}

let asked = 0;

/** Writes `length` questions that no server was asked before, and returns the file's path. */
export function writeFreshQuestions(folder: string, length: number): string {
  const file = join(folder, 'fresh.questions');
  writeFileSync(file, `${count(length, () => `fresh-${asked++}.${OUTSIDE_ZONE} A`).join('\n')}\n`);
  return file;
}

export interface BenchFiles {
  /** For `kubezone serve --manifests`. */
  readonly manifests: string;
  /** The zone cluster.local as a master file, for servers without Kubernetes support. */
  readonly zone: string;
  /** The same for dnsmasq: a hosts file, and a configuration line for each SRV record. */
  readonly hosts: string;
  readonly srvLines: readonly string[];
  readonly questions: Readonly<Record<QuerySet, string>>;
}

export function writeBenchFiles(folder: string): BenchFiles {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'manifests'));
  write('manifests/cluster.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: clusterObjects() }));
  const addresses = [
    ...count(SERVICES, (i) => [`svc-${i}.${namespaceOf(i)}.svc.cluster.local`, serviceAddress(i)] as const),
    ...count(HEADLESS, (i) => i).flatMap((i) =>
      count(ENDPOINTS, (n) => [`pod-${n}.head-${i}.${namespaceOf(i)}.svc.cluster.local`, endpointAddress(i, n + 1)] as const),
    ),
  ];
  const services = count(HEADLESS, (i) => i).flatMap((i) =>
    count(ENDPOINTS, (n) => [
      `_http._tcp.head-${i}.${namespaceOf(i)}.svc.cluster.local`,
      `pod-${n}.head-${i}.${namespaceOf(i)}.svc.cluster.local`,
    ]),
  );
  const zone = [
    '$ORIGIN cluster.local.',
    '$TTL 30',
    '@ SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30',
    '@ NS ns.dns.cluster.local.',
    'ns.dns A 10.96.255.53',
    ...addresses.map(([name, address]) => `${name}. A ${address}`),
    ...services.map(([name, target]) => `${name}. SRV 0 33 80 ${target}.`),
  ];
  return {
    manifests: join(folder, 'manifests'),
    zone: write('cluster.local.zone', `${zone.join('\n')}\n`),
    hosts: write('hosts', `${addresses.map(([name, address]) => `${address} ${name}`).join('\n')}\n`),
    srvLines: services.map(([name, target]) => `srv-host=${name},${target},80,0,33`),
    questions: Object.fromEntries(
      (Object.keys(querySets) as QuerySet[]).map((set) => [set, write(`${set}.questions`, `${questions(set).join('\n')}\n`)]),
    ) as Record<QuerySet, string>,
  };
}
