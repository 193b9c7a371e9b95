/** Feeds the cluster's sinks from manifest files and follows their changes: another source behind the same sinks. */
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { ClusterSinks } from '../cluster/model.ts';
import { createFolderWatch, findFiles, type FileState } from './manifest-files.ts';
import { manifestKinds, type ManifestKinds, type Placed } from './manifest-kinds.ts';
import { readManifest } from './manifest-text.ts';
import { parseSelector } from './selector.ts';
import type { Wanted } from './source.ts';

export interface ManifestObserver {
  /** Reports an error in the files; what was good before stays served. The message names the file, the line and what would be right. */
  problem(message: string): void;
  /** Reports that the files were read: how many, and how many of their objects are served. */
  loaded(files: number, objects: number): void;
}

const noManifestObserver: ManifestObserver = { problem: () => undefined, loaded: () => undefined };

export interface ManifestSourceOptions extends Wanted {
  readonly clock: Clock;
  readonly observer?: ManifestObserver;
  /** Reads a file; by default from the disk. */
  readonly read?: (path: string) => Promise<Buffer>;
}

/** Changes come in bursts (an editor writes, then renames): files are read this long after a change, ms. */
const SETTLE = 100;
/** A removed or emptied file may be about to be written again: its loss is accepted when it lasts this long, ms. */
const DOUBT = 250;
/** Where the system sends no notification, a change is found this late, ms. */
const POLL = 700;

/** Runs until aborted. Rejects when `path` does not exist at the start, or when the selector is invalid. */
export async function feedFromManifests(
  path: string,
  sinks: ClusterSinks,
  options: ManifestSourceOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, observer = noManifestObserver, read = readFile } = options;
  const selects = parseSelector(options.selector);
  if (selects === undefined) throw new Error(`selector "${options.selector}" is no label selector; write one such as app=web,tier!=cache`);
  await findFiles(path).catch((error: unknown) => {
    throw new Error(`manifests ${path} cannot be read: ${(error as Error).message}; name an existing file or folder`);
  });

  const files = createFileSet(path, manifestKinds(sinks, options, selects), observer, read);
  // Aborted by a change, which ends the wait between two scans.
  let quiet = new AbortController();
  const folders = createFolderWatch(() => quiet.abort());
  try {
    while (!signal.aborted) {
      quiet = new AbortController();
      const doubtful = await files.update();
      // A change before its folder was watched gave no notification: scan again.
      const unwatched = await folders.follow(path, files.found);
      const unchanged = await clock
        .wait(doubtful || unwatched ? DOUBT : POLL, AbortSignal.any([signal, quiet.signal]))
        .then(...TRUE_OR_FALSE);
      if (!unchanged) await clock.wait(SETTLE, signal).catch(() => undefined);
    }
  } finally {
    folders.close();
  }
}

/** Returns the objects of both; of two objects of one name that of `after`. */
function over(before: readonly Placed[], after: readonly Placed[]): readonly Placed[] {
  const names = new Set(after.map(({ kind, value }) => `${kind} ${value.key}`));
  return [...before.filter(({ kind, value }) => !names.has(`${kind} ${value.key}`)), ...after];
}

/** What the system says of a file that is not there. Any other error of `stat`, as in a folder that may not be searched or on a failing disk, says nothing. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/** Resolves to why it is not known whether the file is there; undefined when that is known. */
async function doubtOf(path: string): Promise<string | undefined> {
  try {
    await stat(path);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return ABSENT.has(code) ? undefined : message;
  }
}

const TRUE_OR_FALSE = [() => true, () => false] as const;

interface Loaded {
  readonly stamp: string;
  readonly placed: readonly Placed[];
}

interface FileSet {
  readonly found: readonly FileState[];
  /** Reads what changed and serves it. Resolves to true when something vanished that may come back, so that it is scanned again soon. */
  update(): Promise<boolean>;
}

function createFileSet(root: string, kinds: ManifestKinds, observer: ManifestObserver, read: (path: string) => Promise<Buffer>): FileSet {
  const loaded = new Map<string, Loaded>();
  const doubted = new Set<string>();
  /** Files that exist but could not be read. */
  const unread = new Set<string>();
  let found: readonly FileState[] = [];
  let unreadable = false;
  /** Whether files are missing of which it is not known whether they are there. */
  let inDoubt = false;
  let served = false;

  /** Whether to accept that `path` holds no objects any more: only if a second scan finds the same. */
  function believesLoss(path: string): boolean {
    if ((loaded.get(path)?.placed.length ?? 0) === 0 || doubted.delete(path)) return true;
    doubted.add(path);
    return false;
  }

  /** Resolves to undefined when the file cannot be read. The reason may pass without a change of the file: each scan tries again, and one tells. */
  async function octetsOf(path: string, kept: string): Promise<Buffer | undefined> {
    try {
      const octets = await read(path);
      unread.delete(path);
      return octets;
    } catch (error) {
      if (!unread.has(path)) observer.problem(`${path}:1: cannot be read: ${(error as Error).message}${kept}`);
      unread.add(path);
      return undefined;
    }
  }

  /** Resolves to true when the file's objects changed. */
  async function load(file: FileState): Promise<boolean> {
    const before = loaded.get(file.path);
    if (before?.stamp === file.stamp) {
      doubted.delete(file.path);
      return false;
    }
    const held = before?.placed ?? [];
    const kept = held.length > 0 ? '; what it held before stays served' : '';
    const octets = await octetsOf(file.path, kept);
    if (octets === undefined) {
      doubted.delete(file.path);
      return false;
    }
    const { objects, problems } = readManifest(octets);
    for (const problem of problems) observer.problem(`${file.path}:${problem}${kept}`);
    if (objects.length === 0 && problems.length === 0 && !believesLoss(file.path)) return false;
    doubted.delete(file.path);
    const placed = kinds.place(file.path, objects, (message) => observer.problem(message));
    loaded.set(file.path, { stamp: file.stamp, placed: problems.length > 0 ? over(held, placed) : placed });
    return placed.length > 0 || problems.length === 0;
  }

  /** Drops the files that are gone. Resolves to true when any was. */
  async function drop(): Promise<boolean> {
    const there = new Set(found.map(({ path }) => path));
    let dropped = false;
    const doubts: string[] = [];
    for (const path of [...loaded.keys()].filter((one) => !there.has(one))) {
      const doubt = await doubtOf(path);
      if (doubt !== undefined) {
        doubts.push(doubt);
        doubted.delete(path);
      } else if (believesLoss(path)) dropped = loaded.delete(path);
    }
    // Told once: a whole folder of them has one reason.
    if (doubts.length > 0 && !inDoubt)
      observer.problem(`${root}: ${doubts.length} files cannot be found: ${doubts[0]!}; what they held stays served`);
    inDoubt = doubts.length > 0;
    return dropped;
  }

  return {
    get found() {
      return found;
    },
    async update() {
      try {
        found = await findFiles(root);
        unreadable = false;
      } catch (error) {
        if (!unreadable) observer.problem(`${root} cannot be read: ${(error as Error).message}; what it held stays served`);
        unreadable = true;
        return false;
      }
      let changed = !served;
      for (const file of found) changed = (await load(file)) || changed;
      changed = (await drop()) || changed;
      if (changed) {
        if (found.length === 0) observer.problem(`${root} holds no .yaml, .yml or .json file: nothing is served from it`);
        const there = [...loaded].filter(([path]) => !doubted.has(path)).sort(([a], [b]) => (a < b ? -1 : 1));
        // A file that is gone may have been renamed: what is elsewhere now is served from there.
        const gone = [...loaded].filter(([path]) => doubted.has(path));
        const placedIn = (files: typeof there): Placed[] => files.flatMap(([, file]) => file.placed);
        const objects = kinds.serve(over(placedIn(gone), placedIn(there)), (message) => observer.problem(message));
        served = true;
        observer.loaded(found.length, objects);
      }
      return doubted.size > 0;
    },
  };
}
