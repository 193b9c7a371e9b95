/** Where the program and its serving threads start: each imports only what it runs. */
import { isMainThread, parentPort } from 'node:worker_threads';

if (isMainThread) await import('./program.ts');
else (await import('./serving-thread.ts')).runServingThread(parentPort!);
