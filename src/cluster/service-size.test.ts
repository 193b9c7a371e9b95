import fc from 'fast-check';
import { expect, test } from 'vitest';
import { service, slice } from '../../test/fakes/slim.ts';
import { nameFromText } from '../wire/name.ts';
import { joinService } from './join.ts';
import { serviceSubtree } from './service-records.ts';
import { countService } from './service-size.ts';

const ports = ['http:80/tcp', 'web:80/tcp', 'http:8080/tcp', 'http:80/udp', ':9000/tcp', `${'p'.repeat(60)}:1/tcp`];
const v4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const v6 = ['fd00::1', '2001:db8::', '::ffff:10.0.0.1', '::'];
const hostnames = ['', '=a', '=10-0-0-2', '=10-0-0-1', '=2001-db8--0', `=${'h'.repeat(63)}`];

const someOf = (from: string[], maxLength = 4): fc.Arbitrary<string[]> => fc.array(fc.constantFrom(...from), { maxLength });
const services = someOf(ports).chain((ports) =>
  fc.constantFrom(
    service('a/web', { ports }),
    service('a/web', { ports, clusterIPs: ['10.96.0.1', 'fd00:96::1'] }),
    service('a/web', { externalName: 'www.example.test' }),
    undefined,
  ),
);
const slices = fc.array(
  fc
    .tuple(
      fc
        .constantFrom(v4, v6)
        .chain((pool) => fc.array(fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...hostnames)), { maxLength: 6 })),
      someOf(ports, 3),
      fc.nat(999),
    )
    .map(([endpoints, ports, suffix]) =>
      slice(
        'a/web',
        endpoints.map(([address, hostname]) => address + hostname),
        { ports, suffix: String(suffix) },
      ),
    ),
  { maxLength: 4 },
);
/** Below the long domains, some names are too long. */
const domains = fc
  .constantFrom('cluster.local', ...[220, 225, 235, 240].map((length) => `${`${'d'.repeat(49)}.`.repeat(4)}${'x'.repeat(length - 200)}`))
  .map((text) => nameFromText(text)!);

test('what is counted is what the zone holds', () => {
  fc.assert(
    fc.property(services, slices, domains, (object, ofIt, clusterDomain) => {
      const published = joinService('a/web', object, ofIt);
      if (published === undefined) return;
      const nodes = [...(serviceSubtree(published, clusterDomain, 30)?.nodes() ?? [])];
      const records = nodes.flatMap(({ rrsets }) => rrsets.flatMap(({ rdata }) => [...rdata]));
      expect(countService(published, clusterDomain)).toEqual({ names: nodes.length, records: records.length });
    }),
    { numRuns: 1000 },
  );
});
