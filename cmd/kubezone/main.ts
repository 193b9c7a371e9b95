/** Where the program and its serving threads start: each imports only what it runs. */
import { setFlagsFromString } from 'node:v8';
import { isMainThread, parentPort } from 'node:worker_threads';

// What is read of a list is garbage a moment later, but the buffers under it are only given back when the young generation is collected: kept
// small, a relist of 10,000 Services adds nothing to what is resident, where V8's own choice adds a third.
setFlagsFromString('--semi-space-growth-factor=1');

if (isMainThread) await import('./program.ts');
else (await import('./serving-thread.ts')).runServingThread(parentPort!);
