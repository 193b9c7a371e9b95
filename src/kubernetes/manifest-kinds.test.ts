import { expect, test } from 'vitest';
import { mapSinks } from '../../test/fakes/map-sink.ts';
import { manifestKinds } from './manifest-kinds.ts';

test.each([{}, { namespace: '' }, { namespace: null }])('an object with %j is in the namespace default, as in kubectl', (given) => {
  const kinds = manifestKinds(mapSinks(), { pods: false, endpointPodNames: false, namespaces: [], selector: '' }, () => true);
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', ...given }, spec: { clusterIP: '10.0.0.1' } };
  const problems: string[] = [];
  const placed = kinds.place('a.yaml', [{ object, line: 1 }], (message) => problems.push(message));
  expect([placed.map(({ value }) => value.key), problems]).toEqual([['default/a'], []]);
});
