/**
 * Measures kubezone and CoreDNS, one after the other, with the largest cluster, 10,000 Services of 15 endpoints: `npm run bench:scale`. Reports
 * the time until it is served, the memory, the time until a change is answered, the latency while everything is listed again, and what a query
 * costs while changes go on.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../fakes/free-port.ts';
import { start, type Contender, type Running, type Setting } from './contender.ts';
import { dnsperf, rated, type Load, type RatedResult } from './dnsperf.ts';
import { kubezoneFromApi } from './ours.ts';
import { corednsOfKubeadm } from './peers.ts';
import { writePage } from './performance-page.ts';
import { cpuSeconds, residentMebibytes } from './process-usage.ts';
import { ENDPOINTS, SERVICES, type Order, type Seen } from './scale-cluster.ts';
import { markdownTable } from './tables.ts';

/** Queries per second while changes go on: half of what a small share of a core answers. */
const QUERY_RATE = 3000;
const CHANGE_RATE = 100;
/** Queries per second while CPU is counted: so many that most of it is theirs. */
const CPU_RATE = 20_000;
const SECONDS = 10;
/**
 * V8's flags for the process that changes the cluster and measures: a collection of its large heap would take both cores for a tenth of a second, and
 * count as the latency of ten changes.
 */
const SELDOM_COLLECTED = ['--heap-growing-percent=500', '--min-semi-space-size=32', '--max-semi-space-size=32'];
/** A single start varies by a quarter: the median of these is reported. */
const STARTS = 5;
/** Time to release the memory used while starting, ms. */
const SETTLING = 3000;

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

interface Measured {
  readonly name: string;
  readonly figures: readonly (readonly [label: string, value: string])[];
}

async function main(): Promise<void> {
  if (dnsperf === undefined) throw new Error('dnsperf is not on PATH: it makes the load (Debian: apt install dnsperf)');
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-scale-'));
  const cluster = fork(join(import.meta.dirname, 'scale-cluster.ts'), [join(folder, 'kubeconfig')], { execArgv: SELDOM_COLLECTED });
  try {
    const [kubeconfig] = (await once(cluster, 'message')) as [string];
    const questions = join(folder, 'questions');
    writeFileSync(questions, Array.from({ length: SERVICES }, (_, i) => `svc-${i}.ns-${i % 100}.svc.cluster.local A\n`).join(''));
    const measured: Measured[] = [];
    for (const contender of [kubezoneFromApi(join(folder, 'bundle')), corednsOfKubeadm]) {
      if (contender.program === undefined) console.log(`left out: ${contender.name} is not on PATH, nor in KUBEZONE_BENCH_PEERS`);
      else measured.push(await measure(contender, { folder, kubeconfig, questions, cluster, port: await freePort() }));
    }
    const text = table(measured);
    console.log(`\n${SERVICES} Services of ${ENDPOINTS} endpoints, every other one headless\n\n${text}`);
    if (values.write) writePage('docs/performance.md', 'bench:scale', text, process.argv.slice(2));
  } finally {
    cluster.kill();
    rmSync(folder, { recursive: true });
  }
}

interface Bench {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly questions: string;
  readonly cluster: ChildProcess;
  readonly port: number;
}

async function measure(contender: Contender, { folder, kubeconfig, questions, cluster, port }: Bench): Promise<Measured> {
  const own = join(folder, contender.name);
  mkdirSync(own);
  const setting: Setting = { folder: own, kubeconfig, port, threads: 1, upstreamPort: 9, files: undefined as never };
  const starts: number[] = [];
  const started = async (): Promise<Running> => {
    const startedAt = performance.now();
    const server = await start(contender, setting, undefined);
    starts.push(performance.now() - startedAt);
    return server;
  };
  for (let more = STARTS; more > 1; more--) await (await started()).stop();
  const server = await started();
  const load = { port, questions, seconds: SECONDS, core: undefined, folder };
  const changes = (): Promise<Seen> => tell(cluster, { kind: 'change', port, rate: CHANGE_RATE, seconds: SECONDS });
  try {
    await wait(SETTLING);
    const resident = residentMebibytes(server.pid);
    await rated({ ...load, seconds: 2 }, QUERY_RATE);
    const idle = await rated(load, QUERY_RATE);
    const seen = await changes();
    const [busy, seenMeanwhile] = await Promise.all([rated(load, QUERY_RATE), changes(), relistSoon(cluster)]);
    await wait(SETTLING);
    const afterRelist = residentMebibytes(server.pid);
    const atRest = await cpuPerQuery(server.pid, load);
    const [changing] = await Promise.all([cpuPerQuery(server.pid, load), changes()]);
    return {
      name: contender.name,
      figures: [
        ['start until it answers, s', (median(starts) / 1000).toFixed(2)],
        ['resident after start, MiB', resident.toFixed(0)],
        ['resident after a relist, MiB', afterRelist.toFixed(0)],
        [`event until it is answered, ${CHANGE_RATE}/s, p50 / p99 ms`, ofSeen(seen)],
        ['the same while all is listed again', ofSeen(seenMeanwhile)],
        [`answers at ${QUERY_RATE} queries/s, p50 / p99 ms`, ofLoad(idle)],
        ['the same while all is listed again and changes go on', ofLoad(busy)],
        [`µs of CPU per query, ${CPU_RATE}/s, without changes / with ${CHANGE_RATE}/s`, `${atRest.toFixed(1)} / ${changing.toFixed(1)}`],
      ],
    };
  } finally {
    await server.stop();
  }
}

/** In µs, of all threads: also what they do for changes of the cluster. */
async function cpuPerQuery(pid: number, load: Load): Promise<number> {
  const before = cpuSeconds(pid);
  const { completed } = await rated(load, CPU_RATE);
  return ((cpuSeconds(pid) - before) * 1e6) / completed;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

async function tell(cluster: ChildProcess, order: Order): Promise<Seen> {
  cluster.send(order);
  const [seen] = (await once(cluster, 'message')) as [Seen];
  return seen;
}

async function relistSoon(cluster: ChildProcess): Promise<void> {
  await wait((SECONDS * 1000) / 4);
  cluster.send({ kind: 'relist' } satisfies Order);
}

function ofSeen({ latencies, unseen }: Seen): string {
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(2);
  return `${at(0.5)} / ${at(0.99)}${unseen > 0 ? `, ${unseen} never` : ''}`;
}

function ofLoad({ p50, p99, lost }: RatedResult): string {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)}${lost > 0 ? `, ${lost} lost` : ''}`;
}

function table(measured: readonly Measured[]): string {
  const rows = measured[0]?.figures.map(([label], i) => [label, ...measured.map(({ figures }) => figures[i]![1])]) ?? [];
  return markdownTable(['', ...measured.map(({ name }) => name)], rows);
}

await main();
