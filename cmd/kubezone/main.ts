/** The entry point of the program and its threads; each imports only what it runs. */
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { abortOnSignals, ignoreReloads } from './signals.ts';
import type { ListThreadData, ServingThreadData } from './messages.ts';

// What a list leaves behind is garbage a moment later, but its buffers are only released when the young generation is collected: kept small, a relist
// of 10,000 Services adds little resident memory.
setFlagsFromString('--semi-space-growth-factor=1');
// For threads started from here on, MiB: what a forwarded query leaves lives for some milliseconds, and should not be promoted before it dies.
setFlagsFromString('--min-semi-space-size=4');

// Installed first: loading the rest takes a while, and a signal must not be lost.
if (isMainThread) {
  const signal = abortOnSignals(process);
  if (process.argv[2] === 'serve') ignoreReloads(process, isatty(0));
  await (await import('./program.ts')).runProgram(signal);
} else if ('lists' in (workerData as ServingThreadData | ListThreadData))
  await (await import('./list-thread.ts')).runListThread(parentPort!);
else (await import('./serving-thread.ts')).runServingThread(parentPort!);
