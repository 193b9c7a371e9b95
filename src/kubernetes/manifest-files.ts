/** The manifest files under a path: found, read and watched on disk. */
import { watch as watchFolder, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file as last seen; `stamp` changes when its content may have. */
export interface FileState {
  readonly path: string;
  readonly stamp: string;
}

const MANIFEST = /\.(ya?ml|json)$/i;

/** Returns the file itself, or every .yaml, .yml and .json below the folder, sorted by path. Skips names that begin with a dot. */
export async function findFiles(root: string): Promise<FileState[]> {
  const status = await stat(root);
  const found = status.isDirectory() ? await within(root, 0) : [stateOf(root, status)];
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Ends a cycle of symbolic links. */
const DEEPEST = 16;

async function within(folder: string, depth: number): Promise<FileState[]> {
  // A mounted ConfigMap keeps its versions in folders named ..2026_… and links to them.
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Removed between readdir and stat: treated as absent.
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

export interface FolderWatch {
  /** Watches the folders that hold these files, and those their links lead into. Resolves to true when one was not watched before. */
  follow(root: string, files: readonly FileState[]): Promise<boolean>;
  close(): void;
}

/** Watches folders rather than files: an editor's rename and a ConfigMap's swapped link put another file in the place of the watched one. */
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

/** Returns undefined where watching fails (no inotify watch left, a file system without notifications); polling remains. */
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
