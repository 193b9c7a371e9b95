import { expect, test } from 'vitest';
import { endpointSlices } from '../../src/kubernetes/endpoint-slice.ts';
import { Problem } from '../../src/kubernetes/fields.ts';
import { namespaces } from '../../src/kubernetes/namespace.ts';
import { identityOf, parse } from '../../src/kubernetes/resource.ts';
import { services } from '../../src/kubernetes/service.ts';
import { largeCluster } from './cluster.ts';

test('is the same each time, and every object of it is good', () => {
  const size = { services: 300, endpoints: 150 };
  const objects = [...largeCluster(size)];
  expect(objects).toEqual([...largeCluster(size)]);
  const counts = { Namespace: 0, Service: 0, EndpointSlice: 0 };
  const addresses = new Set<string>();
  for (const object of objects) {
    const resource = [namespaces, services, endpointSlices(true)].find(({ kind }) => kind === object.kind)!;
    const value = parse(resource, object, identityOf(object, resource.namespaced));
    if (value === undefined || value instanceof Problem) throw value ?? new Error(object.kind);
    counts[object.kind as keyof typeof counts]++;
    if ('addresses' in value && value.addresses instanceof Uint8Array)
      for (let at = 0; at < value.addresses.length; at += 4) addresses.add(value.addresses.subarray(at, at + 4).join('.'));
  }
  expect(counts).toEqual({ Namespace: 100, Service: 300, EndpointSlice: 600 });
  expect(addresses.size).toBe(45_000);
});
