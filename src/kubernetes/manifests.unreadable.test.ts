import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { mapSinks } from '../../test/fakes/map-sink.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { feedFromManifests } from './manifests.ts';

vi.mock('node:fs/promises', { spy: true });

test('a file that cannot be read for a while is served as soon as it can be, though it did not change, and told of once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  const path = join(folder, 'a.yaml');
  await writeFile(path, 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { clusterIP: 10.0.0.1 }\n');
  for (let times = 0; times < 2; times++) vi.mocked(readFile).mockRejectedValueOnce(new Error('EIO'));
  const sinks = mapSinks();
  const problems: string[] = [];
  const observer = { problem: (message: string) => problems.push(message), loaded: () => undefined };
  const stop = new AbortController();
  const wanted = { pods: false, endpointPodNames: false, namespaces: [], selector: '' };
  const feeding = feedFromManifests(folder, sinks, { ...wanted, clock: systemClock, observer }, stop.signal);
  await until(() => sinks.services.items.has('default/a'));
  expect(problems).toEqual([`${path}:1: cannot be read: EIO`]);
  stop.abort();
  await feeding;
  await rm(folder, { recursive: true });
});
