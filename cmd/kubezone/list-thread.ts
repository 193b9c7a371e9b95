/** A thread that reads lists and exits: a list of a million names leaves 100 MB of used pages behind, which go with the thread. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { loadPolicies, type LoadedPolicies, type PolicySources } from '../../src/query/filter/load-policies.ts';
import type { ListThreadData } from './messages.ts';
import { startThread } from './start-thread.ts';

/** Loads the lists in a thread of their own, which `signal` terminates. Rejects as `loadPolicies` does, or when terminated. */
export function loadInThread(entry: URL | string, sources: PolicySources, signal?: AbortSignal): Promise<LoadedPolicies> {
  const data: ListThreadData = { lists: sources };
  return new Promise((resolve, reject) => {
    const worker = startThread(entry, data);
    const end = (): void => void worker.terminate();
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
    let loaded: LoadedPolicies | undefined;
    worker.once('message', (message: LoadedPolicies) => (loaded = message));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', end);
      if (loaded === undefined) reject(new Error(`the thread that reads the lists ended with code ${code}`));
      else resolve(loaded);
    });
  });
}

/** Runs in that thread. */
export async function runListThread(port: MessagePort): Promise<void> {
  port.postMessage(await loadPolicies((workerData as ListThreadData).lists));
}
