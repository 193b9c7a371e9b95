/** Keeps the last known cluster in a file, and reads it at startup. Replicas may share the file: it is always whole, from whichever wrote last. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import type { Publisher } from '../../src/cluster/publisher.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/cluster/snapshot.ts';
import type { PublishedState } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { Log } from '../../src/telemetry/log.ts';
import type { SourceKind } from './source-choice.ts';
import { removeLeftovers, wholeFile } from './whole-file.ts';

/** A change is written within this time, ms: a cluster changes all the time, and writing many megabytes is not free. */
const INTERVAL = 10_000;
const SOON = 200;

/** Returns the state in the file; undefined when there is none, or, with a warning, when it cannot be used. */
export function readSnapshot(options: Options, source: SourceKind, log: Log): PublishedState | undefined {
  const path = options.snapshot;
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ path, error: (error as Error).message }, 'the snapshot cannot be read: starting without it');
    return undefined;
  }
  const snapshot = decodeSnapshot(bytes, identity(options, source));
  if (typeof snapshot === 'string') {
    log.warn({ path }, `the snapshot ${snapshot}; starting without it`);
    return undefined;
  }
  const age = Math.round((systemClock.now() - snapshot.savedAt) / 1000);
  log.warn(
    { path, ageSeconds: age, services: snapshot.state.services.length },
    'serving the snapshot, marked stale, until the cluster is heard from',
  );
  return snapshot.state;
}

export interface SnapshotObserver {
  /** The file was written, or could not be. */
  saved(error: boolean): void;
}

export interface SnapshotParts {
  readonly publisher: Publisher;
  readonly log: Log;
  readonly observer: SnapshotObserver;
  readonly signal: AbortSignal;
}

/** Writes the file after changes until aborted, and then once more. */
export async function keepSnapshot(
  options: Options,
  source: SourceKind,
  { publisher, log, observer, signal }: SnapshotParts,
): Promise<void> {
  const path = options.snapshot;
  if (path === undefined) return;
  const write = wholeFile(path);
  let saved: number | undefined;
  const save = async (): Promise<void> => {
    if (publisher.state !== 'live' || publisher.serial === saved) return;
    const { serial } = publisher;
    try {
      await write(encodeSnapshot({ state: publisher.snapshot(), savedAt: systemClock.now() }, identity(options, source)));
      saved = serial;
      observer.saved(false);
    } catch (error) {
      observer.saved(true);
      // Tried again without a change: a disk that is full now may not be later.
      log.error(
        { path, error: (error as Error).message },
        'the snapshot cannot be written: a restart while the API server is away would begin with nothing',
      );
    }
  };
  await removeLeftovers(path);
  while (!signal.aborted) {
    await save();
    // Looks often until the first lists are complete, to save them soon, then at the interval.
    await systemClock.wait(publisher.state === 'live' ? INTERVAL : SOON, signal).catch(() => undefined);
  }
  await save();
}

/** The options that the state depends on: a snapshot made with others is not used. */
function identity(options: Options, source: SourceKind): string {
  const { manifests, kubeconfig, context, namespaces, selector, pods, endpointPodNames } = options;
  return JSON.stringify({ source, manifests, kubeconfig, context, namespaces, selector, pods, endpointPodNames });
}
