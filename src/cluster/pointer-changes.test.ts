import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Octets } from './octets.ts';
import { pointerChanges } from './pointer-changes.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

const address = (size: number) => fc.constantFrom(...['a', 'b', 'c', 'd', 'e', 'é'].map((last) => last.padStart(size, 'x')));
const labels = ['', 'one', 'two'];

/** As a join makes groups: sorted by address and label, each pair once. */
const group: fc.Arbitrary<EndpointGroup> = fc
  .record({ size: fc.constantFrom(4 as const, 16 as const), named: fc.boolean() })
  .chain(({ size, named }) =>
    fc
      .uniqueArray(fc.tuple(address(size), fc.constantFrom(...(named ? labels : ['']))), { selector: String, minLength: 1 })
      .map((pairs) => {
        const sorted = pairs.toSorted((a, b) => (a.join('') < b.join('') ? -1 : 1));
        return {
          addressSize: size,
          addresses: sorted.map(([at]) => at).join(''),
          labels: named ? sorted.map(([, label]) => label) : undefined,
          ports: [],
        };
      }),
  );

const service: fc.Arbitrary<PublishedService> = fc.record({
  key: fc.constant('shop/web'),
  namespace: fc.constant('shop'),
  name: fc.constant('web'),
  kind: fc.constantFrom('clusterIP', 'headless', 'headless'),
  clusterIPs: fc.constantFrom([], [], ['xxxa']),
  externalName: fc.constant(''),
  ports: fc.constant([]),
  endpoints: fc.array(group, { maxLength: 3 }),
});

/** What each address points at. */
function pointers({ kind, clusterIPs, endpoints }: PublishedService): Map<Octets, string> {
  const all = new Map<Octets, string[]>();
  for (const { addressSize: size, addresses, labels } of endpoints)
    for (let i = 0; i * size < addresses.length; i++) {
      const at = addresses.slice(i * size, (i + 1) * size);
      all.set(at, [...(all.get(at) ?? []), labels?.[i] ?? '']);
    }
  const texts = [...all].map(([at, names]): [Octets, string] => [at, `${kind} ${names.join()}`]);
  return new Map([...texts, ...clusterIPs.map((at): [Octets, string] => [at, `${kind} service`])]);
}

test('any two states of a Service: what is added, removed and changed', () => {
  const optional = fc.option(service, { nil: undefined });
  fc.assert(
    fc.property(optional, optional, (before, after) => {
      const was = before ? pointers(before) : new Map<Octets, string>();
      const is = after ? pointers(after) : new Map<Octets, string>();
      const { added, removed, changed } = pointerChanges(before, after);
      expect(added.toSorted()).toEqual([...is.keys()].filter((at) => !was.has(at)).sort());
      expect(removed.toSorted()).toEqual([...was.keys()].filter((at) => !is.has(at)).sort());
      expect(changed.toSorted()).toEqual([...is.keys()].filter((at) => was.has(at) && was.get(at) !== is.get(at)).sort());
    }),
    { numRuns: 2000 },
  );
});
