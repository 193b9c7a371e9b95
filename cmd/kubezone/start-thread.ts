/** Starts a thread; where the system gives none, it says which limits to look at. */
import { Worker } from 'node:worker_threads';

/** Throws an explanatory error at once when the system gives no thread; what fails later is the worker's `error` event. */
export function startThread(entry: URL | string, workerData: unknown): Worker {
  try {
    return new Worker(entry, { workerData, argv: [] });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_WORKER_INIT_FAILED') throw error;
    throw new Error(
      `no thread can be started (${message}): as many run as the cgroup (pids.max; in Kubernetes podPidsLimit) or this user (ulimit -u) may have`,
      { cause: error },
    );
  }
}
