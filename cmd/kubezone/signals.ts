/**
 * SIGTERM and SIGINT: the first asks the program to end, the second ends it. SIGHUP and SIGUSR1, which make other servers reload, are only logged.
 */
import { constants } from 'node:os';
import type { Log } from '../../src/telemetry/log.ts';

type Name = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR1';

interface Process {
  on(signal: Name, listener: () => void): unknown;
  exit(code: number): unknown;
}

/** Returns a signal that the first one aborts, with its name as the reason; the second ends the process with the shell's code (128 + its number). */
export function abortOnSignals(process: Process): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      else controller.abort(name);
    });
  }
  return controller.signal;
}

/**
 * Logs signals that reload other servers; files are followed anyway. Without a listener SIGHUP would end Node, and SIGUSR1, which reloads CoreDNS,
 * would open its debugger. A terminal that is closed sends SIGHUP too, and the program then ends.
 */
export function hearReloads(process: Pick<Process, 'on'>, hasTerminal: boolean, log: Pick<Log, 'info'>): void {
  for (const name of hasTerminal ? (['SIGUSR1'] as const) : (['SIGHUP', 'SIGUSR1'] as const))
    process.on(name, () => log.info({ signal: name }, 'nothing to reload by a signal: files are read again whenever they change'));
}
