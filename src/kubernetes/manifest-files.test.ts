import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFolderWatch, findFiles } from './manifest-files.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'manifest-files-'))));
afterEach(() => rm(root, { recursive: true }));

test('each folder is watched once, however often the files are looked at', async () => {
  const watch = createFolderWatch(() => undefined);
  const isNew = async (): Promise<boolean> => watch.follow(root, await findFiles(root));
  await writeFile(join(root, 'a.yaml'), '');
  expect([await isNew(), await isNew()]).toEqual([true, false]);
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'sub', 'b.yaml'), '');
  expect([await isNew(), await isNew()]).toEqual([true, false]);
  await rm(join(root, 'sub'), { recursive: true });
  expect(await isNew()).toBe(false);
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'sub', 'b.yaml'), '');
  // The watch of the one before it ended with it.
  expect(await isNew()).toBe(true);
  watch.close();
});
