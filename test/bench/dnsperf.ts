/** Generates load with dnsperf: as much as a server can answer, or at a given rate. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, pinned } from './contender.ts';

export const dnsperf: string | undefined = findProgram('dnsperf');

export interface Load {
  readonly port: number;
  /** Path of the file of questions. */
  readonly questions: string;
  readonly seconds: number;
  /** Core that dnsperf is pinned to; undefined does not pin it. */
  readonly core: number | undefined;
  /** Where dnsperf's output is written. */
  readonly folder: string;
  /** Whether each question is sent once only; else the file is read again when it ends. */
  readonly once?: boolean;
}

export interface LoadResult {
  readonly completed: number;
  readonly lost: number;
  readonly queriesPerSecond: number;
}

export interface RatedResult extends LoadResult {
  /** Percentiles over all queries, ms. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends as many queries as the server answers, `outstanding` at a time. */
export function full(load: Load, outstanding = 400): Promise<LoadResult> {
  return run(load, ['-c', '8', '-q', String(outstanding)]);
}

/** Sends `rate` queries per second. */
export async function rated(load: Load, rate: number): Promise<RatedResult> {
  const { latencies, ...result } = await run(load, ['-c', '8', '-v', '-Q', String(Math.round(rate))]);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN;
  return { ...result, p50: at(0.5), p99: at(0.99) };
}

async function run(load: Load, how: readonly string[]): Promise<LoadResult & { readonly latencies: Float64Array }> {
  const { port, questions, seconds, core, folder, once: onlyOnce = false } = load;
  const file = join(folder, 'dnsperf.output');
  const output = openSync(file, 'w');
  const command = [
    dnsperf!,
    '-s',
    '127.0.0.1',
    '-p',
    String(port),
    '-d',
    questions,
    '-l',
    String(seconds),
    ...how,
    ...(onlyOnce ? ['-n', '1'] : []),
  ];
  const [program, args] = pinned(core, command);
  await once(spawn(program, args, { stdio: ['ignore', output, 'ignore'] }), 'exit');
  closeSync(output);
  const said = readFileSync(file, 'latin1');
  rmSync(file);
  const number = (label: string): number => Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(said)?.[1] ?? NaN);
  return {
    completed: number('Queries completed'),
    lost: number('Queries lost'),
    queriesPerSecond: number('Queries per second'),
    // With -v dnsperf prints "> NOERROR svc-0.ns-0.svc.cluster.local A 0.000123" for each answer: the latency in seconds comes last.
    latencies: Float64Array.from(said.matchAll(/^> .* ([0-9.]+)$/gm), ([, seconds]) => Number(seconds) * 1000).sort(),
  };
}
