/** Where the program and its threads start: each imports only what it runs. */
import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ListThreadData, ServingThreadData } from './messages.ts';

// What is read of a list is garbage a moment later, but the buffers under it are only given back when the young generation is collected: kept
// small, a relist of 10,000 Services adds nothing to what is resident, where V8's own choice adds a third.
setFlagsFromString('--semi-space-growth-factor=1');

if (isMainThread) await import('./program.ts');
else if ('lists' in (workerData as ServingThreadData | ListThreadData)) await (await import('./list-thread.ts')).runListThread(parentPort!);
else (await import('./serving-thread.ts')).runServingThread(parentPort!);
