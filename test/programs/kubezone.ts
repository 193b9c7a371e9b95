/** Runs the whole program in its own process, for tests that need signals, exit codes, sockets or several instances. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** The port of its first listener. */
  readonly port: number;
  readonly admin: string;
  readonly pid: number;
  /** The lines of its log so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Everything it has written to standard error. */
  said(): string;
  /** Sends a signal and resolves to the exit code, or to the name of the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Resolves once it is ready: the first list is complete. */
export async function whenReady({ admin }: Program, limit = 15_000): Promise<void> {
  const end = performance.now() + limit;
  while ((await fetch(`${admin}/readyz`)).status !== 200) {
    if (performance.now() > end) throw new Error(`not ready within ${limit} ms`);
    await wait(5);
  }
}

/** Node's compile cache: compiling takes half of the time of a start. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

const main = fileURLToPath(new URL('../../cmd/kubezone/main.ts', import.meta.url));

/**
 * Starts `kubezone serve` with the example cluster, on ports chosen by the system unless `args` name others. Resolves once it listens; rejects
 * with its standard error if it ends before. `command` runs another build of the program. Its standard output is ignored, or is a pipe that nobody
 * reads.
 */
export async function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  command: readonly [string, ...string[]] = [process.execPath, main],
  stdout: 'ignore' | 'pipe' = 'ignore',
): Promise<Program> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const admin = args.includes('--admin') ? [] : ['--admin', '127.0.0.1:0'];
  const child = spawn(command[0], [...command.slice(1), 'serve', '--example', ...listen, ...admin, ...args], {
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...environment },
    stdio: ['ignore', stdout, 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const log: Record<string, unknown>[] = [];
  const said: string[] = [];
  const listening = Promise.withResolvers<Record<string, unknown>>();
  createInterface(child.stderr!).on('line', (line) => {
    said.push(line);
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line) as Record<string, unknown>;
    log.push(entry);
    if (entry.message === 'serving') listening.resolve(entry);
  });
  void ended.then((code) => listening.reject(new Error(`it ended with ${code}: ${said.join('\n')}`)));
  const { urls, admin: adminUrl } = (await listening.promise) as { urls: string[]; admin: string };
  return {
    port: Number(new URL(urls[0]!).port),
    admin: adminUrl,
    pid: child.pid!,
    log,
    said: () => said.join('\n'),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
