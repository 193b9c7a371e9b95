/** A file that is whole or absent though several processes write it: written beside it under a name unique to the writer, then renamed. */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../../src/clock.ts';

/** A file not written to for this long was left by a crash, ms: writing a whole one takes seconds. */
const LEFT = 600_000;

/** Returns a function that writes `bytes` to `path`. Its temporary name is random: the process id is not unique, being 1 in every container. */
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
      // Half a file takes the space that the next attempt may need.
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
  };
}

/** Removes what crashed writers left beside `path`. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const files = await readdir(folder).catch(() => []);
  const beside = files.filter((file) => file.startsWith(name) && /^(\.[0-9a-f]{8})?\.new$/.test(file.slice(name.length)));
  const remove = async (file: string): Promise<void> => {
    const { mtimeMs } = await stat(join(folder, file));
    if (systemClock.now() - mtimeMs > LEFT) await rm(join(folder, file), { force: true });
  };
  // One that is gone by now belonged to another process, which renamed or removed it.
  await Promise.all(beside.map((file) => remove(file).catch(() => undefined)));
}
