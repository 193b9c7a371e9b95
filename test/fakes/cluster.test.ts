import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../src/cluster/model.ts';
import { addressesOf } from '../../src/cluster/octets.ts';
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
    if (object.kind !== 'EndpointSlice') continue;
    const slice = value as EndpointSlice;
    for (const address of addressesOf(slice.addresses, slice.addressSize)) addresses.add(address);
  }
  expect(counts).toEqual({ Namespace: 100, Service: 300, EndpointSlice: 600 });
  expect(addresses.size).toBe(45_000);
});
