/** Properties of the whole path from the sinks to the zones, for any sequence of events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServedCluster, servedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, pod, service, slice } from '../../test/fakes/slim.ts';
import { Type } from '../wire/iana.ts';
import { NOWHERE } from '../wire/known-names.ts';
import { nameToText, parentOf, type Name } from '../wire/name.ts';
import type { Node } from '../zone/node.ts';
import type { Zone } from '../zone/zone.ts';
import type { PodsMode } from './pod-records.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import type { ApiObject, EndpointSlice, Namespace, Pod, Service } from './model.ts';

interface Objects {
  namespaces: Namespace;
  services: Service;
  endpointSlices: EndpointSlice;
  pods: Pod;
}
type Kind = keyof Objects;

/** `look`: clients ask, so that answers are prepared, which may become outdated. */
type Event =
  { [K in Kind]: { kind: K; put: Objects[K] } | { kind: K; remove: string } | { kind: K; replace: Objects[K][] } }[Kind] | 'flush' | 'look';

const spaces = ['shop', 'media', 'empty'];
const keys = ['shop/web', 'shop/db', 'media/web', 'media/db'];
const v4 = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.1.0.1', '192.0.2.53'];
const v6 = ['fd00::1', 'fd00::2', '2001:db8::', 'fd00:0:0:1::1'];
const marks = ['', '', '!', '~'];
const hostnames = ['', '', '=a', '=b', '=10-0-0-2', '=Bad_Name'];
const ports = ['http:80/tcp', 'http:8080/tcp', 'dns:53/udp', ':9000/tcp', 'bad name:1/tcp'];

const someOf = (from: string[], maxLength = 4): fc.Arbitrary<string[]> => fc.array(fc.constantFrom(...from), { maxLength });
const objects: { [K in Kind]: fc.Arbitrary<Objects[K]> } = {
  namespaces: fc.constantFrom(...spaces).map(namespace),
  services: fc
    .record({
      key: fc.constantFrom(...keys, 'shop/Bad'),
      ports: someOf(ports),
      publishNotReadyAddresses: fc.boolean(),
      clusterIPs: someOf(['10.96.0.1', '10.96.0.2', '10.0.0.1', 'fd00:96::1'], 2),
      externalName: fc.option(fc.constantFrom('db.shop.svc.cluster.local', 'www.example.test', '192.0.2.1', 'bad..name'), { freq: 4 }),
    })
    .map(({ key, externalName, ...others }) => service(key, externalName === null ? others : { ...others, externalName })),
  // The key does not contain the Service, so that a slice may move to another one.
  endpointSlices: fc
    .record({
      service: fc.constantFrom(...keys, 'empty/orphan'),
      number: fc.constantFrom('1', '2', '3'),
      ports: someOf(ports, 2),
      addresses: fc
        .constantFrom(v4, v6)
        .chain((pool) =>
          fc.array(fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...marks), fc.constantFrom(...hostnames)), { maxLength: 5 }),
        ),
    })
    .map(({ service, number, addresses, ports }) => {
      const key = `${service.split('/')[0]!}/slice-${number}`;
      return slice(
        service,
        addresses.map(([address, mark, hostname]) => mark + address + hostname),
        { key, ports },
      );
    }),
  pods: fc
    .tuple(fc.constantFrom('shop/p', 'shop/q', 'media/p'), someOf([...v4, ...v6], 2), fc.boolean())
    .map(([key, addresses, hostNetwork]) => ({ ...pod(key, ...addresses), hostNetwork })),
};

function eventsOf(kind: Kind): fc.Arbitrary<Event> {
  const object = objects[kind] as fc.Arbitrary<ApiObject>;
  return fc.oneof(
    { weight: 6, arbitrary: object.map((put) => ({ kind, put })) },
    { weight: 3, arbitrary: object.map(({ key }) => ({ kind, remove: key })) },
    { weight: 1, arbitrary: fc.array(object, { maxLength: 6 }).map((replace) => ({ kind, replace })) },
  ) as fc.Arbitrary<Event>;
}

const events = fc.array(
  fc.oneof(
    eventsOf('namespaces'),
    { weight: 3, arbitrary: eventsOf('services') },
    { weight: 4, arbitrary: eventsOf('endpointSlices') },
    eventsOf('pods'),
    { weight: 4, arbitrary: fc.constantFrom<Event>('flush', 'look') },
  ),
  { maxLength: 60 },
);
const modes = fc.constantFrom<PodsMode>('disabled', 'insecure', 'verified');

function play(cluster: ServedCluster, played: readonly Event[]): Set<Name> {
  const seen = new Set<Name>();
  const { publisher, zones } = cluster;
  publisher.store.services.replace([]);
  for (const event of played) {
    if (event === 'look') lookAround(zones.all, seen);
    else act(cluster, event);
  }
  publisher.flush();
  return seen;
}

function act({ publisher }: ServedCluster, event: Event): void {
  if (event === 'flush') publisher.flush();
  if (typeof event === 'string') return;
  const sink = publisher.store[event.kind] as {
    put(item: ApiObject): void;
    remove(key: string): void;
    replace(items: ApiObject[]): void;
  };
  if ('put' in event) sink.put(event.put);
  else if ('remove' in event) sink.remove(event.remove);
  else sink.replace(event.replace);
}

function lookAround(zones: readonly Zone[], seen: Set<Name>): void {
  for (const zone of zones) for (const { name } of zone.nodes()) seen.add(name);
  // Also at names that no longer exist.
  for (const zone of zones) for (const name of seen) if (name.endsWith(zone.apex)) lookAt(zone, name, placeOf(name));
}

/** Few places, so that names collide. */
const placeOf = (name: Name): number => name.length % 16;

const asked = [Type.A, Type.AAAA, Type.SRV, Type.PTR, Type.CNAME, Type.NS];

/** Returns what a zone answers for a name, without the SOA of negative answers, which has the serial. */
function lookAt(zone: Zone, name: Name, place = NOWHERE): string[] {
  return asked.map((type) => {
    const answer = zone.lookup(name, type, place);
    return answer === undefined
      ? 'NXDOMAIN'
      : `${answer.answers} ${answer.additionals} ${Buffer.from(answer.answers === 0 ? [] : answer.body).toString('hex')}`;
  });
}

/** Returns the types with their records, all read. */
const recordsOf = ({ rrsets }: Node): unknown[] => rrsets.map(({ type, ttl, rdata }) => ({ type, ttl, rdata: [...rdata] }));

/** Returns the records of every node of the zones, without the SOA. */
function contents(zones: readonly Zone[]): Map<string, string[]> {
  return new Map(
    zones
      .flatMap((zone) =>
        [...zone.nodes()].map(({ name, rrsets }): [string, string[]] => [
          nameToText(name),
          rrsets
            .filter(({ type }) => type !== Type.SOA)
            .flatMap(({ type, ttl, rdata }) => Array.from(rdata, (data) => `${type} ${ttl} ${Buffer.from(data).toString('hex')}`))
            .sort(),
        ]),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Returns a second cluster that received the first one's latest objects all at once. */
function fromScratch({ publisher }: ServedCluster, pods: PodsMode): ServedCluster {
  const fresh = servedCluster({}, { pods });
  for (const kind of ['pods', 'endpointSlices', 'namespaces', 'services'] as const)
    (fresh.publisher.store[kind] as { replace(items: Iterable<ApiObject>): void }).replace([...publisher.store[kind].values()].reverse());
  fresh.publisher.flush();
  return fresh;
}

describe('any sequence of events', () => {
  it('gives the zones, the answers and the digest of building from scratch', () => {
    fc.assert(
      fc.property(events, modes, (played, pods) => {
        const cluster = servedCluster({}, { pods });
        const seen = play(cluster, played);
        const fresh = fromScratch(cluster, pods);
        expect(contents(cluster.zones.all)).toEqual(contents(fresh.zones.all));
        expect(cluster.publisher.digest).toBe(fresh.publisher.digest);
        expect(cluster.publisher.counts).toEqual(fresh.publisher.counts);
        cluster.zones.all.forEach((zone, index) => {
          for (const name of seen)
            if (name.endsWith(zone.apex)) expect(lookAt(zone, name, placeOf(name))).toEqual(lookAt(fresh.zones.all[index]!, name));
        });
      }),
      { numRuns: 300 },
    );
  });

  it('leaves a thread that catches up, and one that starts from a snapshot, where the others are', () => {
    fc.assert(
      fc.property(events, modes, (played, pods) => {
        const cluster = servedCluster({}, { pods });
        play(cluster, played);
        const late = servedCluster({}, { pods }).zones;
        for (const update of cluster.publisher.catchUp()) late.apply(structuredClone(update));
        expect(contents(late.all)).toEqual(contents(cluster.zones.all));
        const saved = decodeSnapshot(encodeSnapshot({ state: cluster.publisher.snapshot(), savedAt: 1 }, 'same'), 'same');
        if (typeof saved === 'string') throw new Error(saved);
        const restarted = servedCluster({ initial: saved.state }, { pods });
        expect(contents(restarted.zones.all)).toEqual(contents(cluster.zones.all));
        expect(restarted.publisher.digest).toBe(cluster.publisher.digest);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves a thread that is told all of it while changes go on where the others are', () => {
    fc.assert(
      fc.property(events, events, modes, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (before, played, pods, reads) => {
        const late = servedCluster({}, { pods }).zones;
        const cluster = servedCluster({ chunk: 1 }, { pods });
        play(cluster, before);
        const all = cluster.publisher.catchUp()[Symbol.iterator]();
        const told = (first: number): void => {
          for (const update of cluster.updates.slice(first)) late.apply(structuredClone(update));
        };
        const read = (): boolean => {
          const next = all.next();
          if (next.done !== true) late.apply(structuredClone(next.value));
          return next.done !== true;
        };
        read();
        played.forEach((event, index) => {
          const first = cluster.updates.length;
          act(cluster, event);
          cluster.publisher.flush();
          told(first);
          if (reads[index] === true) read();
        });
        while (read());
        expect(contents(late.all)).toEqual(contents(cluster.zones.all));
        expect(late.forward.state).toBe(cluster.zones.forward.state);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves zones whose nodes have all their ancestors and are found where they are listed', () => {
    fc.assert(
      fc.property(events, modes, (played, pods) => {
        const { zones, ...others } = servedCluster({}, { pods });
        play({ zones, ...others }, played);
        for (const zone of zones.all) {
          const listed = [...zone.nodes()];
          const names = new Set(listed.map(({ name }) => name));
          expect(names.size).toBe(listed.length);
          for (const node of listed) {
            expect(recordsOf(zone.nodeAt(node.name)!)).toEqual(recordsOf(node));
            if (node.name !== zone.apex) expect(names).toContain(parentOf(node.name));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
