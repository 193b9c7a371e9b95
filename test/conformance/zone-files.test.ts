/** Checks that BIND's named-checkzone and NSD's nsd-checkzone accept the output of `kubezone zone` (RFC 1035 section 5). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { clusterPath } from './recorded.ts';

const main = fileURLToPath(new URL('../../cmd/kubezone/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['named-checkzone', 'nsd-checkzone'])('%s takes', (checker) => {
  const absent = spawnSync(checker, ['-h']).error !== undefined;
  test.skipIf(absent).each(['cluster.local', 'in-addr.arpa', 'ip6.arpa'])('%s', (zone) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'zone', zone, '--manifests', clusterPath], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const file = join(folder, zone);
    writeFileSync(file, stdout);
    const judged = spawnSync(checker, [zone, file], { encoding: 'utf8' });
    expect(judged.status, judged.stdout + judged.stderr).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(5);
  });
});
