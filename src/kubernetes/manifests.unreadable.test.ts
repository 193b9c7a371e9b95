import { mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapSinks } from '../../test/fakes/map-sink.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { feedFromManifests } from './manifests.ts';

test('a file that cannot be read for a while is served as soon as it can be, though it did not change, and told of once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  const path = join(folder, 'a.yaml');
  await writeFile(path, 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { clusterIP: 10.0.0.1 }\n');
  let failures = 2;
  const read = (file: string): Promise<Buffer> => (failures-- > 0 ? Promise.reject(new Error('EIO')) : readFile(file));
  const sinks = mapSinks();
  const problems: string[] = [];
  const observer = { problem: (message: string) => problems.push(message), loaded: () => undefined };
  const stop = new AbortController();
  const wanted = { pods: false, endpointPodNames: false, namespaces: [], selector: '' };
  const feeding = feedFromManifests(folder, sinks, { ...wanted, clock: systemClock, observer, read }, stop.signal);
  await until(() => sinks.services.items.has('default/a'));
  expect(problems).toEqual([`${path}:1: cannot be read: EIO`]);
  stop.abort();
  await feeding;
  await rm(folder, { recursive: true });
});

test('files that cannot be found for another reason than that they are gone stay served, and that is told of once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  const [part, away] = [join(folder, 'part'), join(folder, '.away')];
  await mkdir(part);
  for (const name of ['a', 'b'])
    await writeFile(
      join(part, `${name}.yaml`),
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { clusterIP: 10.0.0.1 }\n`,
    );
  const sinks = mapSinks();
  const problems: string[] = [];
  const observer = { problem: (message: string) => problems.push(message), loaded: () => undefined };
  const stop = new AbortController();
  const wanted = { pods: false, endpointPodNames: false, namespaces: [], selector: '' };
  const feeding = feedFromManifests(folder, sinks, { ...wanted, clock: systemClock, observer }, stop.signal);
  await until(() => sinks.services.items.size === 2);
  // A link to itself (ELOOP) stands for a folder that may not be searched (EACCES), of which root notices nothing.
  await rename(part, away);
  await symlink('part', part);
  await until(() => problems.length > 0);
  await wait(1000);
  expect([...sinks.services.items.keys()]).toEqual(['default/a', 'default/b']);
  expect(problems).toEqual([expect.stringMatching(/^\S+: 2 files cannot be found: ELOOP: .*; what they held stays served$/)]);
  await unlink(part);
  await rename(away, part);
  await unlink(join(part, 'b.yaml'));
  await until(() => sinks.services.items.size === 1);
  stop.abort();
  await feeding;
  await rm(folder, { recursive: true });
});
