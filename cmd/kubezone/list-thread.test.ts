/** When the thread that reads lists is ended. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Action } from '../../src/query/filter/action.ts';
import { loadInThread } from './list-thread.ts';

test.each(['before it starts', 'while it reads'])('a signal that comes %s ends it', async (when) => {
  const folder = mkdtempSync(join(tmpdir(), 'lists-'));
  try {
    const entry = join(folder, 'endless.mjs');
    writeFileSync(entry, "import { parentPort } from 'node:worker_threads';\nparentPort.on('message', () => {});\n");
    const ending = new AbortController();
    if (when === 'before it starts') ending.abort();
    const loading = loadInThread(entry, { rpz: [], blocklists: [], blocklistAction: Action.nxdomain }, ending.signal);
    ending.abort();
    await expect(loading).rejects.toThrow('the thread that reads the lists ended with code');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what keeps it from reading is the reason', async () => {
  const sources = { rpz: ['/nowhere/list.rpz'], blocklists: [], blocklistAction: Action.nxdomain };
  await expect(loadInThread(new URL('main.ts', import.meta.url), sources)).rejects.toThrow(/ENOENT.*list\.rpz/);
});
