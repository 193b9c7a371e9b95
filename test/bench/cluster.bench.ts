/** The cost of a cluster change on each thread, with 10,000 Services of 15 endpoints: `node test/bench/cluster.bench.ts`. */
import { bench, do_not_optimize, run, summary } from 'mitata';
import { systemClock } from '../../src/clock.ts';
import { READY, SERVING, type EndpointSlice, type Service } from '../../src/cluster/model.ts';
import { toOctets } from '../../src/cluster/octets.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import { ClusterZones } from '../../src/cluster/zones.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import { Type } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { service } from '../fakes/slim.ts';
import { zoneOptions } from '../fakes/cluster-zones.ts';

const SERVICES = 10_000;
const ENDPOINTS = 15;

/** A slice of `count` ready endpoints with addresses in 10.0.0.0/8 in no order, of the numbers from `first` on; the factor is odd, so that each is another. */
function endpoints(key: string, first: number, count: number): EndpointSlice {
  const [namespace = '', name = ''] = key.split('/');
  const addresses = Buffer.alloc(count * 4);
  for (let i = 0; i < count; i++) addresses.writeUInt32BE(0x0a00_0000 + (((first + i) * 40_503) % 2 ** 18), i * 4);
  return {
    ...service(key),
    key: `${key}-1`,
    name: `${name}-1`,
    namespace,
    service: name,
    addressSize: 4,
    addresses: toOctets(addresses),
    conditions: String.fromCharCode(READY | SERVING).repeat(count),
    hostnames: undefined,
    podNames: undefined,
    ports: [{ name: 'http', protocol: 'tcp', port: 8080 }],
    lastChange: 0,
  };
}

const keyOf = (i: number): string => `ns-${i % 100}/svc-${i}`;
const services: Service[] = Array.from({ length: SERVICES }, (_, i) =>
  i % 10 === 0 ? service(keyOf(i)) : service(keyOf(i), { clusterIPs: [`11.0.${i >> 8}.${i & 255}`], ports: ['http:80'] }),
);
const slices: EndpointSlice[] = services.map(({ key }, i) => endpoints(key, i * ENDPOINTS, ENDPOINTS));

function publisherTo(post: (update: ClusterUpdate) => void): Publisher {
  return new Publisher({ clock: systemClock, needed: ['services', 'endpointSlices'], post, schedule: () => undefined });
}

function fill({ store }: Publisher): void {
  store.services.replace(services);
  store.endpointSlices.replace(slices);
}

function updatesOfAll(): ClusterUpdate[] {
  const updates: ClusterUpdate[] = [];
  const publisher = publisherTo((update) => updates.push(update));
  fill(publisher);
  publisher.flush();
  return updates;
}

/** Prints the MiB that the result of `make` holds after a garbage collection; needs --expose-gc. */
function held(what: string, make: () => unknown): void {
  if (globalThis.gc === undefined) return;
  globalThis.gc();
  const before = process.memoryUsage();
  const kept = make();
  globalThis.gc();
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + after.external - before.external;
  console.log(`${what}: ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  do_not_optimize(kept);
}

const updates = updatesOfAll();
held('published values of 10,000 Services, as received', () => structuredClone(updates));
held('zones of 10,000 Services on a serving thread', () => {
  const zones = new ClusterZones(zoneOptions);
  for (const update of updates) zones.apply(structuredClone(update));
  return zones;
});
held('store and publisher of 10,000 Services on the control thread', () => {
  const publisher = publisherTo(() => undefined);
  fill(publisher);
  publisher.flush();
  return publisher;
});

summary(() => {
  bench('control: 10,000 Services × 15 endpoints joined, compared, posted', () => {
    const publisher = publisherTo(do_not_optimize);
    fill(publisher);
    publisher.flush();
  }).gc('once');
  bench('serving: the same applied, all updates', () => {
    const zones = new ClusterZones(zoneOptions);
    for (const update of updates) zones.apply(update);
  }).gc('once');
  bench('serving: one update of 128 Services, new', function* () {
    yield {
      0: () => new ClusterZones(zoneOptions),
      bench: (zones: ClusterZones) => zones.apply(updates[0]!),
    };
  });
});

const zones = new ClusterZones(zoneOptions);
const publisher = publisherTo((update) => zones.apply(update));
fill(publisher);
publisher.flush();
const wide = service('ns-0/wide');
publisher.store.services.put(wide);

let turn = 0;
summary(() => {
  bench('both: one Service of 15 endpoints changed', () => {
    publisher.store.endpointSlices.put(endpoints('ns-0/svc-0', turn++ % 1000, ENDPOINTS));
    publisher.flush();
  });
  bench('both: one slice of 100 endpoints, one of them other', () => {
    publisher.store.endpointSlices.put(endpoints('ns-0/wide', 500_000 + (turn++ % 1000), 100));
    publisher.flush();
  });
  bench('control: one slice put again, nothing that DNS shows', () => {
    publisher.store.endpointSlices.put(slices[5]!);
    publisher.flush();
  });
});

const name = nameFromText('svc-1.ns-1.svc.cluster.local')!;
const endpoint = nameFromText('10-0-0-16.svc-1.ns-1.svc.cluster.local')!;
const pointer = nameFromText('16.0.0.10.in-addr.arpa')!;
summary(() => {
  bench('a node made: ClusterIP Service', () => do_not_optimize(zones.forward.nodeAt(name)));
  bench('a node made: endpoint', () => do_not_optimize(zones.forward.nodeAt(endpoint)));
  bench('a node made: PTR', () => do_not_optimize(zones.reverse[0]!.nodeAt(pointer)));
  bench('an answer already prepared', () => do_not_optimize(zones.forward.lookup(name, Type.A)));
});

await run();
