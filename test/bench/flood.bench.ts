/**
 * Measures what one client's flood of random outside names does to another client's queries, for this server and every installed peer that forwards, in
 * one run: `npm run bench:flood`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFakeApiServer } from '../fakes/api-server/server.ts';
import { freePort } from '../fakes/free-port.ts';
import { addresses, type LoadQuestion } from '../slow/load/questions.ts';
import { flooded, type Flooded } from '../slow/security/flooded.ts';
import { clusterObjects, OUTSIDE_ZONE, questions, serviceAddress, writeBenchFiles } from './bench-cluster.ts';
import { start } from './contender.ts';
import { outsideAddress, startOutside } from './outside.ts';
import { kubezone } from './ours.ts';
import { peers } from './peers.ts';
import { writePage } from './performance-page.ts';
import { fixed, markdownTable } from './tables.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '6' },
    write: { type: 'boolean', default: false },
  },
});
/** Queries per second of the other client. */
const HONEST_RATE = 100;

/** Half of the names are in the cluster; the others are outside, and asked for once in each phase. */
const honest = (phase: string): LoadQuestion[] =>
  questions('service')
    .slice(0, Number(values.seconds) * HONEST_RATE)
    .flatMap((line, i): LoadQuestion[] => [
      { name: line.split(' ')[0]!, type: 'A', right: [addresses(serviceAddress(i))] },
      { name: `${phase}-${i}.${OUTSIDE_ZONE}`, type: 'A', right: [addresses(outsideAddress)] },
    ]);

const folder = mkdtempSync(join(tmpdir(), 'kubezone-flood-'));
const files = writeBenchFiles(folder);
const api = await startFakeApiServer(clusterObjects() as never);
const outside = await startOutside();
const rows: string[][] = [];
try {
  const kubeconfig = await api.kubeconfig(join(folder, 'kubeconfig'));
  for (const contender of [kubezone, ...peers].filter(({ sets, program }) => sets.includes('uncached') && program !== undefined)) {
    const own = join(folder, contender.name);
    mkdirSync(own);
    const setting = { folder: own, files, kubeconfig, port: await freePort(), threads: 1, upstreamPort: outside.port };
    console.log(contender.name);
    const server = await start(contender, setting, undefined).catch((error: unknown) =>
      console.log(`left out: ${(error as Error).message}`),
    );
    if (server === undefined) continue;
    rows.push(
      rowOf(
        contender.name,
        await flooded(
          { port: server.port, from: '127.0.2.1', rate: HONEST_RATE, questions: honest },
          { port: server.port, from: ['127.0.1.1'], rate: Number(values.rate), name: `*.${OUTSIDE_ZONE}` },
          Number(values.seconds),
        ),
      ),
    );
    await server.stop();
  }
} finally {
  await Promise.all([api.close(), outside.close()]);
  rmSync(folder, { recursive: true });
}
const text = markdownTable(['server', 'lost or wrong, %', 'median ms', 'p99 ms', 'p99 ms, flood elsewhere', 'worst ms'], rows);
console.log(`\n${text}`);
if (values.write)
  for (const page of ['docs/performance.md', 'README.md'] as const) writePage(page, 'bench:flood', text, process.argv.slice(2));

function rowOf(name: string, { control, attacked }: Flooded): string[] {
  const missed = (100 * (attacked.lost + attacked.wrong)) / attacked.sent;
  const figures = [attacked.p50, attacked.p99, control.p99, attacked.worst].map((ms) => fixed(ms, 1));
  return [name === 'kubezone' ? `**${name}**` : name, fixed(missed, 0), ...figures];
}
