/**
 * Measures this server, the floor and every installed peer on the same questions, in turns within one run: `npm run bench:server`.
 * Compare only the ratios within one run, not figures of different runs or of a busy machine.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startFakeApiServer } from '../fakes/api-server/server.ts';
import { freePort } from '../fakes/free-port.ts';
import { clusterObjects, querySets, writeBenchFiles, writeFreshQuestions, type BenchFiles, type QuerySet } from './bench-cluster.ts';
import { compile } from './compile.ts';
import { pinned, start, type Contender, type Running } from './contender.ts';
import { dnsperf, full, rated, type Load } from './dnsperf.ts';
import { startOutside } from './outside.ts';
import { floors, kubezone, kubezoneByDgram } from './ours.ts';
import { peers } from './peers.ts';
import { writePage } from './performance-page.ts';
import { cpuSeconds, residentMebibytes } from './process-usage.ts';
import { markdown, summary, type Row } from './tables.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    sets: { type: 'string', default: Object.keys(querySets).join(',') },
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const chosen = values.sets.split(',') as QuerySet[];
const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'kubezone-bench-'));
const roundTripProgram = compile('roundtrip', folder);
/** Time for a server to compile, allocate and fill its cache, s. V8 takes some three seconds to compile the path of a cached answer. */
const WARM_UP = 4;
/** More than any server forwards a second. */
const MOST_FORWARDED = 40_000;
/** Questions outstanding of names in no cache: an upstream of one thread has to keep up. */
const FORWARDED_AT_ONCE = 100;
/** Time to fill the cache with outside names again, s: they are cached for 30 s, and the other servers' turns take longer. */
const REFILL = 1;

interface Bench {
  readonly files: BenchFiles;
  readonly kubeconfig: string;
  readonly upstreamPort: number;
}

async function main(): Promise<void> {
  const unknown = chosen.filter((set) => !(set in querySets));
  if (unknown.length > 0) throw new Error(`--sets: there is no ${unknown.join(', ')}; there are ${Object.keys(querySets).join(', ')}`);
  if (dnsperf === undefined) throw new Error('dnsperf is not on PATH: it makes the load (Debian: apt install dnsperf)');
  const files = writeBenchFiles(folder);
  const api = await startFakeApiServer(clusterObjects() as never);
  const outside = await startOutside();
  const bench = { files, kubeconfig: await api.kubeconfig(join(folder, 'kubeconfig')), upstreamPort: outside.port };
  try {
    const contenders = [...floors(compile('echo', folder)), kubezone, kubezoneByDgram, ...peers].filter(wanted);
    const sets = await oneThread(contenders, bench);
    const text = markdown({
      sets,
      twoThreads: cpus().length < 2 || !chosen.includes('service') ? [] : await twoThreads(contenders, bench),
    });
    console.log(`\n${text}`);
    if (!values.write) return;
    writePage('docs/performance.md', 'bench:server', text, process.argv.slice(2));
    writePage('README.md', 'bench:server', summary(sets), process.argv.slice(2));
  } finally {
    await Promise.all([api.close(), outside.close()]);
    if (values.keep) console.log(`kept: ${folder}`);
    else rmSync(folder, { recursive: true });
  }
}

function wanted({ name, program }: Contender): boolean {
  if (program === undefined) console.log(`left out: ${name} is not on PATH, nor in KUBEZONE_BENCH_PEERS`);
  const only = values.only.toLowerCase().split(',');
  return program !== undefined && (values.only === '' || only.some((part) => name.toLowerCase().includes(part)));
}

/** Measures with the server on core 0 and the load on core 1. */
async function oneThread(contenders: readonly Contender[], bench: Bench): Promise<Partial<Record<QuerySet, Row[]>>> {
  await using running = await startAll(contenders, bench, 1, 0);
  const rows: Partial<Record<QuerySet, Row[]>> = {};
  for (const set of chosen) rows[set] = await measureAll(running.servers, set, bench, 1);
  return rows;
}

/** Measures servers with two threads; the server and the load share the cores. */
async function twoThreads(contenders: readonly Contender[], bench: Bench): Promise<Row[]> {
  await using running = await startAll(contenders, bench, 2, undefined);
  return await measureAll(running.servers, 'service', bench, undefined);
}

interface Started extends AsyncDisposable {
  readonly servers: readonly Running[];
}

async function startAll(contenders: readonly Contender[], bench: Bench, threads: number, core: number | undefined): Promise<Started> {
  const servers: Running[] = [];
  for (const contender of contenders) {
    const own = join(folder, `${contender.name.replace(/\W+/g, '-')}-${threads}`);
    mkdirSync(own);
    try {
      servers.push(await start(contender, { ...bench, folder: own, port: await freePort(), threads }, core));
    } catch (error) {
      console.log(`left out: ${(error as Error).message}`);
    }
  }
  return {
    servers,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** Measures the servers in turn, so that other work of the machine affects all alike; each figure is the median of its rounds. */
async function measureAll(running: readonly Running[], set: QuerySet, { files }: Bench, core: number | undefined): Promise<Row[]> {
  const asked = running.filter(({ contender }) => contender.sets.includes(set));
  const samples = new Map<string, Row[]>(asked.map(({ name }) => [name, []]));
  const loadOf = ({ port }: Running, duration = seconds): Load => {
    const load = { port, seconds: duration, core, folder };
    if (set !== 'uncached') return { ...load, questions: files.questions[set] };
    return { ...load, questions: writeFreshQuestions(folder, duration * MOST_FORWARDED), once: true };
  };
  for (const server of asked) await full(loadOf(server, WARM_UP), outstandingOf(set));
  for (let round = 1; round <= rounds; round++) {
    for (const server of asked) {
      if (set === 'cached') await full(loadOf(server, REFILL));
      const row = await measure(server, loadOf(server), set);
      samples.get(server.name)!.push(row);
      console.log(`${querySets[set]}, round ${round}, ${server.name}: ${row.cpu.toFixed(2)} µs, ${Math.round(row.rate)}/s`);
    }
  }
  return asked.map(({ name }) => medianRow(name, samples.get(name)!));
}

function outstandingOf(set: QuerySet): number | undefined {
  return set === 'uncached' ? FORWARDED_AT_ONCE : undefined;
}

async function measure(server: Running, load: Load, set: QuerySet): Promise<Row> {
  const before = cpuSeconds(server.pid);
  const { completed, queriesPerSecond, lost } = await full(load, outstandingOf(set));
  const cpu = ((cpuSeconds(server.pid) - before) / completed) * 1e6;
  const row = { name: server.name, cpu, rate: queriesPerSecond, lost, resident: residentMebibytes(server.pid) };
  if (set !== 'service') return row;
  const half = await rated(load, queriesPerSecond / 2);
  return { ...row, p50: half.p50, p99: half.p99, roundTrip: await roundTrip(load) };
}

/** Median latency with one query at a time, µs. */
async function roundTrip({ port, questions, core }: Load): Promise<number | undefined> {
  if (roundTripProgram === undefined) return undefined;
  const [program, args] = pinned(core, [roundTripProgram, String(port), questions, String(seconds)]);
  const { stdout } = await execute(program, args);
  return Number(stdout.split(' ')[1]);
}

function medianRow(name: string, rows: readonly Row[]): Row {
  const median = (of: (row: Row) => number | undefined): number => {
    const values = rows.map((row) => of(row) ?? NaN).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? NaN;
  };
  return {
    name,
    cpu: median((row) => row.cpu),
    rate: median((row) => row.rate),
    lost: Math.max(...rows.map((row) => row.lost)),
    resident: median((row) => row.resident),
    p50: median((row) => row.p50),
    p99: median((row) => row.p99),
    roundTrip: median((row) => row.roundTrip),
  };
}

await main();
