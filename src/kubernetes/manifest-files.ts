/** The manifest files of a path as they are on disk: found, read when they changed, and watched. */
import type { Stats } from 'node:fs';
import { watch as watchFolder } from 'node:fs';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What is known of one file; `stamp` changes when its content may have. */
export interface FileState {
  readonly path: string;
  readonly stamp: string;
}

const MANIFEST = /\.(ya?ml|json)$/i;

/** The file itself, or every .yaml, .yml and .json below the folder, in the order of their paths. Names that begin with a dot are passed over. */
export async function findFiles(root: string): Promise<FileState[]> {
  const status = await stat(root);
  const found = status.isDirectory() ? await within(root, 0) : [stateOf(root, status)];
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A link that leads in a circle ends here. */
const DEEPEST = 16;

async function within(folder: string, depth: number): Promise<FileState[]> {
  // A mounted ConfigMap keeps its versions in folders named ..2026_…, and links to them.
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Gone between readdir and stat: it was not there.
      const status = await stat(path).catch(() => undefined);
      if (status?.isDirectory() === true) return depth < DEEPEST ? within(path, depth + 1) : [];
      return status?.isFile() === true && MANIFEST.test(name) ? [stateOf(path, status)] : [];
    }),
  );
  return found.flat();
}

function stateOf(path: string, { ino, size, mtimeMs, ctimeMs }: Stats): FileState {
  return { path, stamp: `${ino} ${size} ${mtimeMs} ${ctimeMs}` };
}

export async function readOctets(file: FileState): Promise<Buffer> {
  return readFile(file.path);
}

export interface FolderWatch {
  /** Watches the folders that hold these files, and the folders the files are links into. True when one was not watched before. */
  follow(root: string, files: readonly FileState[]): Promise<boolean>;
  close(): void;
}

/** Folders rather than files: an editor's rename and a ConfigMap's swapped link put another file in the place of the one that was watched. */
export function createFolderWatch(changed: () => void): FolderWatch {
  const watches = new Map<string, { close(): void }>();
  return {
    async follow(root, files) {
      const folders = new Set([root, dirname(root)]);
      for (const { path } of files) {
        for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) folders.add(folder);
        folders.add(dirname(await realpath(path).catch(() => path)));
      }
      for (const [folder, watch] of watches) {
        if (folders.has(folder)) continue;
        watch.close();
        watches.delete(folder);
      }
      let unwatched = false;
      for (const folder of folders) {
        if (watches.has(folder)) continue;
        const watch = tryToWatch(folder, changed, () => watches.delete(folder));
        if (watch === undefined) continue;
        watches.set(folder, watch);
        unwatched = true;
      }
      return unwatched;
    },
    close() {
      for (const watch of watches.values()) watch.close();
      watches.clear();
    },
  };
}

/** Without it (no inotify left, a file system that tells nothing) the poll remains. */
function tryToWatch(folder: string, changed: () => void, lost: () => void): { close(): void } | undefined {
  try {
    const watch = watchFolder(folder, { persistent: false }, changed);
    watch.on('error', () => {
      watch.close();
      lost();
      changed();
    });
    return watch;
  } catch {
    return undefined;
  }
}
