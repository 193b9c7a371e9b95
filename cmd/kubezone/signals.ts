/** SIGTERM and SIGINT: the first asks the program to end, the second ends it. */
import { constants } from 'node:os';

type Name = 'SIGTERM' | 'SIGINT';

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
