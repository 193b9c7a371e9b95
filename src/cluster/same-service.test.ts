import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameService } from './same-service.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

type Fields<T> = { [Field in keyof T]-?: fc.Arbitrary<T[Field]> };

const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 2 });
const ports = few(fc.record({ name: fc.constantFrom('', 'http'), protocol: fc.constantFrom('tcp', 'udp'), port: fc.constantFrom(80, 81) }));
const groupFields: Fields<EndpointGroup> = {
  addressSize: fc.constantFrom(4, 16),
  addresses: fc.constantFrom('', 'abcd', 'abce'),
  labels: fc.option(few(fc.constantFrom('', 'db-0')), { nil: undefined }),
  ports,
};
const serviceFields: Fields<PublishedService> = {
  key: fc.constantFrom('a/b', 'a/c'),
  // The key has them too.
  namespace: fc.constant('a'),
  name: fc.constant('b'),
  kind: fc.constantFrom('clusterIP', 'headless', 'externalName', 'unnamed'),
  clusterIPs: few(fc.constantFrom('abcd', 'abce')),
  externalName: fc.constantFrom('', 'example.com'),
  ports,
  endpoints: few(fc.record(groupFields)),
};

/** Pairs that differ in one field at most. */
function pairs<T extends object>(fields: Fields<T>): fc.Arbitrary<readonly [T, T]> {
  const one = fc.record(fields) as fc.Arbitrary<T>;
  return fc
    .tuple(one, one, fc.constantFrom(...(Object.keys(fields) as (keyof T)[])))
    .map(([a, other, field]) => [a, structuredClone({ ...a, [field]: other[field] })]);
}

const differing = fc.oneof(
  pairs(serviceFields),
  fc
    .tuple(fc.record(serviceFields), pairs(groupFields))
    .map(([service, groups]) => groups.map((group) => ({ ...service, endpoints: [group] }))),
) as fc.Arbitrary<readonly [PublishedService, PublishedService]>;

test('two states are the same when their JSON is', () => {
  let same = 0;
  fc.assert(
    fc.property(differing, ([a, b]) => {
      const expected = JSON.stringify(a) === JSON.stringify(b);
      if (expected) same++;
      expect(sameService(a, b)).toBe(expected);
      expect(sameService(b, a)).toBe(expected);
    }),
    { numRuns: 4_000 },
  );
  expect(same).toBeGreaterThan(200);
});
