import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromPosted, toPosted } from './posted-update.ts';
import type { ClusterUpdate, PublishedService } from './update.ts';

const label = fc.stringMatching(/^[a-z0-9]{1,20}$/);
const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((numbers) => String.fromCharCode(...numbers));
const ports = fc.array(fc.record({ name: label, protocol: fc.constantFrom('tcp', 'udp'), port: fc.nat(0xffff) }), { maxLength: 3 });
const group = fc.record({
  addressSize: fc.constant(4 as const),
  addresses: octets,
  labels: fc.option(fc.tuple(label), { nil: undefined }),
  ports,
});
const service: fc.Arbitrary<PublishedService> = fc
  .record({
    namespace: label,
    name: label,
    kind: fc.constantFrom('clusterIP', 'headless', 'externalName', 'unnamed'),
    clusterIPs: fc.array(octets, { maxLength: 2 }),
    externalName: fc.constantFrom('', 'example.net'),
    ports,
    endpoints: fc.array(group, { maxLength: 3 }),
  })
  .map((service) => ({ ...service, key: `${service.namespace}/${service.name}` }));

test('arrives at the other thread as it was', () => {
  fc.assert(
    fc.property(fc.array(service, { maxLength: 5 }), fc.constantFrom(undefined, true), (services, podsUnknown) => {
      const update: ClusterUpdate = {
        serial: 7,
        state: 'live',
        services,
        removedServices: ['shop/gone'],
        namespaces: { added: ['shop'], removed: [] },
        pods: { added: [], removed: ['shop/\n\0\0\u0001'] },
        ...(podsUnknown && { podsUnknown, unknown: ['shop.pod'] }),
      };
      expect(fromPosted(structuredClone(toPosted(update)))).toEqual(update);
    }),
  );
});
