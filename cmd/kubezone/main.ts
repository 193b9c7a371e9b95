/** Where the program and its threads start: each imports only what it runs. */
import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { abortOnSignals } from './signals.ts';
import type { ListThreadData, ServingThreadData } from './messages.ts';

// What is read of a list is garbage a moment later, but the buffers under it are only given back when the young generation is collected: kept
// small, a relist of 10,000 Services adds little to what is resident. Code and heaps are kept small as well; an answer costs the same.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--optimize-for-size');
// Threads started from here on: what a forwarded question leaves lives for some milliseconds, and should not be taken for old before it dies, MiB.
setFlagsFromString('--min-semi-space-size=4');

// Installed first: loading the rest takes a while, and a signal must not be lost.
if (isMainThread) {
  const signal = abortOnSignals(process);
  await (await import('./program.ts')).runProgram(signal);
} else if ('lists' in (workerData as ServingThreadData | ListThreadData))
  await (await import('./list-thread.ts')).runListThread(parentPort!);
else (await import('./serving-thread.ts')).runServingThread(parentPort!);
