/** A nameserver under test: how to find and start it, and which sets of questions it can answer. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchFiles, QuerySet } from './bench-cluster.ts';

export interface Setting {
  /** A folder that only this contender uses. */
  readonly folder: string;
  readonly files: BenchFiles;
  readonly port: number;
  readonly threads: number;
  /** Port on 127.0.0.1 of the upstream for names outside the cluster. */
  readonly upstreamPort: number;
  /** Path of a kubeconfig for a fake API server with the same cluster. */
  readonly kubeconfig: string;
}

export interface Contender {
  readonly name: string;
  /** Path of its executable; undefined when not installed, and it is left out. */
  readonly program: string | undefined;
  /** Writes the files that it reads to the setting's folder, and returns its arguments and environment. */
  readonly prepare: (setting: Setting) => { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> };
  readonly sets: readonly QuerySet[];
}

/** Programs are looked up here first, then on PATH. */
const peersFolder = process.env['KUBEZONE_BENCH_PEERS'];

export function findProgram(name: string): string | undefined {
  const folders = [
    ...(peersFolder === undefined ? [] : [peersFolder]),
    ...(process.env['PATH'] ?? '').split(':'),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/** `command` pinned to one core, where taskset is installed; undefined does not pin it. */
export function pinned(core: number | undefined, command: readonly string[]): [program: string, args: string[]] {
  const [program, ...args] = core === undefined || !hasTaskset ? command : ['taskset', '-c', String(core), ...command];
  return [program!, args];
}

export interface Running {
  readonly name: string;
  readonly contender: Contender;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The running servers, killed however the benchmark ends. */
const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Starts a contender and resolves once it answers. Its output goes to `output` in the setting's folder. */
export async function start(contender: Contender, setting: Setting, core: number | undefined): Promise<Running> {
  const { args, env = {} } = contender.prepare(setting);
  const output = openSync(join(setting.folder, 'output'), 'w');
  const [program, all] = pinned(core, [contender.program!, ...args]);
  // kubezone rejects unknown KUBEZONE_* variables.
  const environment = { ...process.env, KUBEZONE_BENCH_PEERS: undefined, ...env };
  const child = spawn(program, all, { stdio: ['ignore', output, output], env: environment, cwd: setting.folder });
  children.add(child);
  child.once('exit', () => children.delete(child));
  try {
    await answering(child, setting.port, contender.name, join(setting.folder, 'output'));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    name: contender.name,
    contender,
    port: setting.port,
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(timer);
    },
  };
}

// A query for the A records of svc-0.ns-0.svc.cluster.local, id 0x1234.
const probe = Buffer.from('123401000001000000000000' + '057376632d30046e732d300373766307636c7573746572056c6f63616c00' + '00010001', 'hex');
const START_PATIENCE = 60_000;
const PROBE_INTERVAL = 5;

async function answering(child: ChildProcess, port: number, name: string, output: string): Promise<void> {
  const socket = createSocket('udp4');
  const rcodes = new Set<number>();
  socket.on('message', (response) => {
    rcodes.add(response[3]! & 15);
  });
  socket.on('error', () => undefined);
  const end = performance.now() + START_PATIENCE;
  try {
    // Only NOERROR counts: a server that is not ready answers SERVFAIL, one that has not loaded the zone REFUSED.
    while (!rcodes.has(0)) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}; see ${output}`);
      if (performance.now() > end) throw new Error(`${name} does not answer; see ${output}`);
      socket.send(probe, port, '127.0.0.1');
      await wait(PROBE_INTERVAL);
    }
  } finally {
    socket.close();
  }
}
