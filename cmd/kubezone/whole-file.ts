/** A file that is whole or not there, though several processes write it: written beside under a name of the writer's own, and renamed. */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../../src/clock.ts';

/** What nobody has written to for this long was left by a crash, ms: writing a whole file takes seconds. */
const LEFT = 600_000;

/** Writes `bytes` to `path` each time it is called. The process id would be no name of its own: it is 1 in every container. */
export function wholeFile(path: string): (bytes: Uint8Array) => Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}.new`;
  return async (bytes) => {
    try {
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      // Half a file takes the room that the next try may lack.
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
  };
}

/** Removes what writers that crashed have left beside `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const files = await readdir(folder).catch(() => []);
  const beside = files.filter((file) => file.startsWith(name) && /^(\.[0-9a-f]{8})?\.new$/.test(file.slice(name.length)));
  const remove = async (file: string): Promise<void> => {
    const { mtimeMs } = await stat(join(folder, file));
    if (systemClock.now() - mtimeMs > LEFT) await rm(join(folder, file), { force: true });
  };
  // One that is gone by now was another process's, which has renamed or removed it.
  await Promise.all(beside.map((file) => remove(file).catch(() => undefined)));
}
