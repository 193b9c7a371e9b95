/** Runs a real Prometheus on loopback, which scrapes the given targets every second. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../fakes/free-port.ts';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Pairs of the Unix time in seconds and the value. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Prometheus {
  /** Evaluates an expression from `start` to `end`, Unix times in seconds, in steps of 1 s. Rejects with Prometheus's error message. */
  range(expression: string, start: number, end: number): Promise<readonly Series[]>;
  close(): Promise<void>;
}

export const hasPrometheus: boolean = spawnSync('prometheus', ['--version']).status === 0;

/** `targets` are the addresses by job; `rules` is the path of a file of rules to evaluate. */
export async function startPrometheus(targets: Readonly<Record<string, readonly string[]>>, rules: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'kubezone-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: Object.entries(targets).map(([job, addresses]) => ({ job_name: job, static_configs: [{ targets: addresses }] })),
  };
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yaml'), JSON.stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = [
    '--config.file',
    join(folder, 'prometheus.yaml'),
    '--storage.tsdb.path',
    join(folder, 'data'),
    '--web.listen-address',
    `127.0.0.1:${port}`,
  ];
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    await rm(folder, { recursive: true });
  };
  for (let tries = 0; !(await isReady(url)); tries++) {
    if (tries === 100 || child.exitCode !== null) {
      await close();
      throw new Error(`prometheus does not start: ${said}`);
    }
    await wait(200);
  }
  return { range: (expression, start, end) => range(url, expression, start, end), close };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/-/ready`).catch(() => undefined);
  return response?.status === 200;
}

async function range(url: string, expression: string, start: number, end: number): Promise<readonly Series[]> {
  const body = new URLSearchParams({ query: expression, start: String(start), end: String(end), step: '1' });
  const reply = (await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })).json()) as {
    readonly error?: string;
    readonly data?: {
      readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[];
    };
  };
  if (reply.data === undefined) throw new Error(`${expression}: ${reply.error}`);
  return reply.data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([time, value]) => [time, Number(value)] as const),
  }));
}
