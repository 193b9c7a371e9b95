/** Reloads the lists when one of their files changes; if a list cannot be read, or no longer is a list, the old table stays in use. */
import type { Clock } from '../../clock.ts';
import { loadPolicies, policyFiles, type LoadedPolicies, type PolicyFiles, type PolicySources } from './load-policies.ts';
import type { PolicyList } from './policies.ts';

export interface PolicyFollower {
  /** A new table is ready for every serving thread; loading took `elapsed` ms. */
  loaded(policies: LoadedPolicies, elapsed: number): void;
  failed(error: unknown): void;
}

/** Time between two checks of the files, ms. A ConfigMap takes a minute to reach its mount, so more often would gain nothing. */
const INTERVAL = 5_000;

/** Time for which changed files must stay the same before they are read, ms: of a file being written in place, only a part would be. */
const SETTLING = 1_000;
/** Time after which they are read even if they still change, ms. */
const PATIENCE = 30_000;

/** The lists in use, and `stampsOf` their files, taken before they were loaded. */
export interface ServedPolicies {
  readonly stamps: string;
  readonly lists: readonly PolicyList[];
}

/** Runs until `signal` aborts. `load` may work in a thread of its own, whose memory is freed when it ends. */
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
      const changed = await stampsOf(sources, files);
      if (changed === known) continue;
      const stamps = await settled(changed, sources, clock, files, signal);
      const start = clock.monotonic();
      const loaded = await load(sources);
      known = stamps;
      const spoilt = lists.find(({ name, rules }) => rules > 0 && loaded.spoilt.includes(name));
      if (spoilt !== undefined) throw new Error(`${spoilt.name} had ${spoilt.rules} rules and has none: ${WAY_OUT}`);
      lists = loaded.data.lists;
      said = '';
      follower.loaded(loaded, clock.monotonic() - start);
    } catch (error) {
      // A repeated failure is reported once, not at every check.
      const message = error instanceof Error ? error.message : String(error);
      if (!isAborted(signal) && message !== said) follower.failed(error);
      said = message;
    }
  }
}

const WAY_OUT = 'it is empty, or no list any more; where that is meant, leave a comment in it';

/** Returns the stamps of the files once they have settled, given those that they have now. */
async function settled(stamps: string, sources: PolicySources, clock: Clock, files: PolicyFiles, signal: AbortSignal): Promise<string> {
  for (let waited = 0; waited < PATIENCE; waited += SETTLING) {
    await clock.wait(SETTLING, signal);
    const later = await stampsOf(sources, files);
    if (later === stamps) break;
    stamps = later;
  }
  return stamps;
}

/** Returns a string that changes when any file of the lists does. Rejects with the system's error. */
export async function stampsOf(sources: PolicySources, files: PolicyFiles = policyFiles): Promise<string> {
  const found = await Promise.all([...sources.rpz, ...sources.blocklists].map((path) => files.list(path)));
  return JSON.stringify(found);
}

/** A call keeps the compiler from assuming that the property has not changed during an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
