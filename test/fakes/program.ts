/** The whole program as a process of its own, for tests that need what only a process has: signals, exit codes, sockets, several at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** The port of its first address. */
  readonly port: number;
  readonly admin: string;
  readonly pid: number;
  /** Lines of its log so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** All that it wrote to standard error. */
  said(): string;
  /** Sends a signal and resolves to the exit code (the signal's name when that ended it). */
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

/** Compiled once, not at every start: half of the time that a start takes. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

const main = fileURLToPath(new URL('../../cmd/kubezone/main.ts', import.meta.url));

/**
 * Starts `kubezone serve` on ports of the system's choice, with the example cluster, unless `args` say otherwise; resolves once it listens. Rejects with what it said.
 * `command` runs another build of the program.
 */
export async function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  command: readonly [string, ...string[]] = [process.execPath, main],
): Promise<Program> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const admin = args.includes('--admin') ? [] : ['--admin', '127.0.0.1:0'];
  const child = spawn(command[0], [...command.slice(1), 'serve', '--example', ...listen, ...admin, ...args], {
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const log: Record<string, unknown>[] = [];
  const said: string[] = [];
  const listening = Promise.withResolvers<Record<string, unknown>>();
  createInterface(child.stderr).on('line', (line) => {
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
