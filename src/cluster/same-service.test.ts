import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameService } from './same-service.ts';
import type { PublishedService } from './update.ts';

const port = fc.record({ name: fc.constantFrom('', 'http'), protocol: fc.constantFrom('tcp', 'udp'), port: fc.constantFrom(80, 81) });
const few = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 2 });
const group = fc.record({
  addressSize: fc.constantFrom<4 | 16>(4, 16),
  addresses: fc.constantFrom('', 'abcd', 'abce'),
  labels: fc.option(few(fc.constantFrom('', 'db-0')), { nil: undefined }),
  ports: few(port),
});
const service: fc.Arbitrary<PublishedService> = fc.record({
  key: fc.constantFrom('a/b', 'a/c'),
  namespace: fc.constant('a'),
  name: fc.constant('b'),
  kind: fc.constantFrom('clusterIP', 'headless', 'externalName', 'unnamed'),
  clusterIPs: few(fc.constantFrom('abcd', 'abce')),
  externalName: fc.constantFrom('', 'example.com'),
  ports: few(port),
  endpoints: few(group),
});

test('two states are the same when their JSON is', () => {
  // The second state is a copy with one field, at most, of a third.
  const pair = fc.tuple(
    service,
    service,
    fc.constantFrom<keyof PublishedService>('key', 'kind', 'clusterIPs', 'externalName', 'ports', 'endpoints'),
  );
  let same = 0;
  fc.assert(
    fc.property(pair, ([a, other, field]) => {
      const b = structuredClone({ ...a, [field]: other[field] });
      const expected = JSON.stringify(a) === JSON.stringify(b);
      if (expected) same++;
      expect(sameService(a, b)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(same).toBeGreaterThan(50);
});
