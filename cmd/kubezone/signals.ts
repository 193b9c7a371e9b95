/** SIGTERM and SIGINT: the first asks the program to end, the second ends it. SIGHUP and SIGUSR1 ask other servers to read their files again. */
import { constants } from 'node:os';
import type { Log } from '../../src/telemetry/log.ts';

type Name = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR1';

interface Process {
  on(signal: Name, listener: () => void): unknown;
  exit(code: number): unknown;
}

/** The signal aborts at the first, with its name for a reason; at the second the process ends with the shell's code for it (128 + its number). */
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
 * Nothing is to be done: files are followed. But nobody listening, SIGHUP ends Node, and SIGUSR1, which reloads CoreDNS, opens its debugger.
 * A terminal that is closed says SIGHUP too, and the program ends with it.
 */
export function hearReloads(process: Pick<Process, 'on'>, hasTerminal: boolean, log: Pick<Log, 'info'>): void {
  for (const name of hasTerminal ? (['SIGUSR1'] as const) : (['SIGHUP', 'SIGUSR1'] as const))
    process.on(name, () => log.info({ signal: name }, 'nothing to reload by a signal: files are read again whenever they change'));
}
