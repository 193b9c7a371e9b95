/** Reads the lists again when a file of theirs has changed; a list that cannot be read, or is one no more, leaves the old table in place. */
import type { Clock } from '../../clock.ts';
import { loadPolicies, policyFiles, type LoadedPolicies, type PolicyFiles, type PolicySources } from './load-policies.ts';
import type { PolicyList } from './policies.ts';

export interface PolicyFollower {
  /** A table is ready: to be posted to every serving thread. `elapsed` ms were spent reading. */
  loaded(policies: LoadedPolicies, elapsed: number): void;
  failed(error: unknown): void;
}

/** Between two looks at the files, ms. A ConfigMap takes a minute to reach its mount, so more often would gain nothing. */
const INTERVAL = 5_000;

/** What is served: its lists, and `stampsOf` them before they were loaded. */
export interface ServedPolicies {
  readonly stamps: string;
  readonly lists: readonly PolicyList[];
}

/** Runs until `signal` aborts. `load` may do its work in a thread of its own, whose memory is given back with it. */
export async function followPolicies(
  sources: PolicySources,
  { stamps: known, lists }: ServedPolicies,
  clock: Clock,
  follower: PolicyFollower,
  signal: AbortSignal,
  load: (sources: PolicySources) => Promise<LoadedPolicies> = loadPolicies,
  files: PolicyFiles = policyFiles,
): Promise<void> {
  let said = '';
  while (!signal.aborted) {
    try {
      await clock.wait(INTERVAL, signal);
      const stamps = await stampsOf(sources, files);
      if (stamps === known) continue;
      const start = clock.monotonic();
      const loaded = await load(sources);
      known = stamps;
      const spoilt = lists.find(({ name, rules }) => rules > 0 && loaded.spoilt.includes(name));
      if (spoilt !== undefined) throw new Error(`${spoilt.name} had ${spoilt.rules} rules and has none: ${WAY_OUT}`);
      lists = loaded.data.lists;
      said = '';
      follower.loaded(loaded, clock.monotonic() - start);
    } catch (error) {
      // The same failure is told once, not at every look.
      const message = error instanceof Error ? error.message : String(error);
      if (!isAborted(signal) && message !== said) follower.failed(error);
      said = message;
    }
  }
}

const WAY_OUT = 'it is empty, or no list any more; where that is meant, leave a comment in it';

/** Changes when any file of the lists does. Rejects with the system's error. */
export async function stampsOf(sources: PolicySources, files: PolicyFiles = policyFiles): Promise<string> {
  const found = await Promise.all([...sources.rpz, ...sources.blocklists].map((path) => files.list(path)));
  return JSON.stringify(found);
}

/** The signal changes while a call is awaited, which the compiler does not expect of a property. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
