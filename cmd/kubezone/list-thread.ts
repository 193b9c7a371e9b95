/** A thread that reads lists and ends. A list of a million names leaves 100 MB of used pages behind where it is read: with the thread they go. */
import { Worker, workerData, type MessagePort } from 'node:worker_threads';
import { loadPolicies, type LoadedPolicies, type PolicySources } from '../../src/query/filter/load-policies.ts';
import type { ListThreadData } from './messages.ts';

/** In a thread of its own, which `signal` ends. Rejects with what `loadPolicies` does, or when it is ended. */
export function loadInThread(entry: URL | string, sources: PolicySources, signal?: AbortSignal): Promise<LoadedPolicies> {
  const data: ListThreadData = { lists: sources };
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: data, argv: [] });
    const end = (): void => void worker.terminate();
    signal?.addEventListener('abort', end, { once: true });
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

/** In that thread. */
export async function runListThread(port: MessagePort): Promise<void> {
  port.postMessage(await loadPolicies((workerData as ListThreadData).lists));
}
