import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
