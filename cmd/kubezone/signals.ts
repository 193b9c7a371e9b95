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

/** Signals that reload other servers. A terminal that is closed sends SIGHUP too, and the program then ends. */
function reloads(hasTerminal: boolean): readonly Name[] {
  return hasTerminal ? ['SIGUSR1'] : ['SIGHUP', 'SIGUSR1'];
}

/**
 * Ignores those signals, from the first line of the program on: without a listener SIGHUP would end Node, and SIGUSR1, which reloads CoreDNS, would open
 * its debugger, which stays open. With little CPU the program is loaded for seconds before there is a log.
 */
export function ignoreReloads(process: Pick<Process, 'on'>, hasTerminal: boolean): void {
  for (const name of reloads(hasTerminal)) process.on(name, () => undefined);
}

/** Logs those signals; files are followed anyway. */
export function hearReloads(process: Pick<Process, 'on'>, hasTerminal: boolean, log: Pick<Log, 'info'>): void {
  for (const name of reloads(hasTerminal))
    process.on(name, () => log.info({ signal: name }, 'nothing to reload by a signal: files are read again whenever they change'));
}
