import { describe, expect, it } from 'vitest';
import { nameTexts, servedCluster, zoneOptions, type ServedCluster } from '../../test/fakes/cluster-zones.ts';
import { namespace, octets, pod, service, slice } from '../../test/fakes/slim.ts';
import { rcodeName, Type } from '../wire/iana.ts';
import { nameFromText, nameToText } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import type { EndpointSlice, Service } from './model.ts';
import type { ClusterZonesOptions } from './zones.ts';

function served(services: Service[], slices: EndpointSlice[], options: Partial<ClusterZonesOptions> = {}): ServedCluster {
  const cluster = servedCluster({}, { ...zoneOptions, ...options });
  cluster.publisher.store.namespaces.replace([]);
  cluster.publisher.store.endpointSlices.replace(slices);
  cluster.publisher.store.services.replace(services);
  cluster.publisher.flush();
  return cluster;
}

it('has the names that others stand below', () => {
  const cluster = served([service('a/web', { clusterIPs: ['10.96.0.1'], ports: ['http:80'] })], [slice('a/web', ['fd00::1=x'])]);
  cluster.publisher.store.namespaces.put(namespace('b'));
  cluster.publisher.flush();
  const names = [
    '',
    'dns-version',
    'svc',
    'pod',
    'dns',
    'ns.dns',
    'a.svc',
    'b.svc',
    'a.pod',
    'b.pod',
    'web.a.svc',
    'x.web.a.svc',
    '_tcp.web.a.svc',
    '_http._tcp.web.a.svc',
  ];
  expect(nameTexts(cluster.zones.forward)).toEqual(names.map((name) => `${name}${name && '.'}cluster.local.`).sort());
  expect(nameTexts(cluster.zones.reverse[0]!)).toEqual(
    ['', '10.', '96.10.', '0.96.10.', '1.0.96.10.'].map((name) => `${name}in-addr.arpa.`).sort(),
  );
  expect(nameTexts(cluster.zones.reverse[1]!)).toHaveLength(33);
});

/** Returns the answer, as text, of the zone that contains the name. */
function say({ zones }: ServedCluster, text: string, type: keyof typeof Type): string {
  const name = nameFromText(text)!;
  const zone = zones.all.find(({ apex }) => name.endsWith(apex))!;
  const answer = zone.lookup(name, Type[type]);
  if (answer === undefined) return 'NXDOMAIN';
  if (answer.answers === 0) return `${rcodeName(answer.rcode)}, nothing`;
  const rrset = zone.nodeAt(name)?.rrsets.find((one) => one.type === Type[type]);
  return Array.from(rrset?.rdata ?? [], (data) => rdataToText(Type[type], data))
    .join(', ')
    .replaceAll('.svc.cluster.local.', '');
}

describe('addresses', () => {
  const cluster = served(
    [service('a/web', { clusterIPs: ['10.96.0.1'] }), service('a/db'), service('b/copy', { clusterIPs: ['10.96.0.1', 'fd00::1'] })],
    [slice('a/web', ['10.0.0.1', '10.96.0.1']), slice('a/db', ['10.0.0.1=x', '10.0.0.2']), slice('a/db', ['fd00::1=y'], { suffix: '6' })],
  );
  it.each<[string, string]>([
    ['1.0.96.10.in-addr.arpa', 'web.a, copy.b'],
    ['1.0.0.10.in-addr.arpa', 'x.db.a, 10-0-0-1.web.a'],
    ['2.0.0.10.in-addr.arpa', '10-0-0-2.db.a'],
    ['3.0.0.10.in-addr.arpa', 'NXDOMAIN'],
    ['02.0.0.10.in-addr.arpa', 'NXDOMAIN'],
    ['x.1.0.0.10.in-addr.arpa', 'NXDOMAIN'],
    ['0.0.10.in-addr.arpa', 'NOERROR, nothing'],
    ['1.0.10.in-addr.arpa', 'NXDOMAIN'],
    ['10.in-addr.arpa', 'NOERROR, nothing'],
    ['11.in-addr.arpa', 'NXDOMAIN'],
    [`1.${'0.'.repeat(27)}0.0.d.f.ip6.arpa`, 'y.db.a, copy.b'],
    [`${'0.'.repeat(27)}0.0.d.f.ip6.arpa`, 'NOERROR, nothing'],
    [`1.${'0.'.repeat(26)}0.0.d.f.ip6.arpa`, 'NXDOMAIN'],
    ['d.f.ip6.arpa', 'NOERROR, nothing'],
    ['0.f.ip6.arpa', 'NXDOMAIN'],
    ['f.ip6.arpa', 'NOERROR, nothing'],
    ['e.ip6.arpa', 'NXDOMAIN'],
  ])('%s: %s', (name, expected) => {
    expect(say(cluster, name, 'PTR')).toBe(expected);
  });

  it('of a smaller reverse zone are those in it', () => {
    const { zones } = served([service('a/db')], [slice('a/db', ['10.0.0.1', '192.0.2.1'])], {
      reverseZones: [nameFromText('10.in-addr.arpa')!],
    });
    expect(nameTexts(zones.reverse[0]!)).toEqual([
      '0.0.10.in-addr.arpa.',
      '0.10.in-addr.arpa.',
      '1.0.0.10.in-addr.arpa.',
      '10.in-addr.arpa.',
    ]);
  });
});

describe('what changes while clients ask', () => {
  it('is said anew: a Service that becomes headless, at an address that is another one’s cluster IP', () => {
    const cluster = served(
      [service('a/web', { clusterIPs: ['10.96.0.1'] }), service('b/to-web', { clusterIPs: ['10.96.0.2'] })],
      [slice('b/to-web', ['10.96.0.1'])],
    );
    expect(say(cluster, '1.0.96.10.in-addr.arpa', 'PTR')).toBe('web.a');
    cluster.publisher.store.services.put(service('b/to-web'));
    cluster.publisher.flush();
    expect(say(cluster, '1.0.96.10.in-addr.arpa', 'PTR')).toBe('web.a, 10-96-0-1.to-web.b');
  });

  it('is said anew: a label, an address that is gone, and the names above it', () => {
    const cluster = served([service('a/db')], [slice('a/db', ['10.0.0.1=x'])]);
    const { store } = cluster.publisher;
    expect(say(cluster, '1.0.0.10.in-addr.arpa', 'PTR')).toBe('x.db.a');
    expect(say(cluster, '0.0.10.in-addr.arpa', 'PTR')).toBe('NOERROR, nothing');
    store.endpointSlices.put(slice('a/db', ['10.0.0.1=y']));
    cluster.publisher.flush();
    expect(cluster.zones.reverse[0]!.lookup(nameFromText('1.0.0.10.in-addr.arpa')!, Type.PTR)!.body.includes(0x79)).toBe(true);
    expect(say(cluster, 'x.db.a.svc.cluster.local', 'A')).toBe('NXDOMAIN');
    store.endpointSlices.remove('a/db-1');
    cluster.publisher.flush();
    for (const name of ['1.0.0.10.in-addr.arpa', '0.0.10.in-addr.arpa', 'db.a.svc.cluster.local'])
      expect(say(cluster, name, 'PTR')).toBe('NXDOMAIN');
  });

  it('is said anew: a verified Pod that is gone', () => {
    const cluster = served([], [], { pods: 'verified' });
    cluster.publisher.store.namespaces.put(namespace('a'));
    cluster.publisher.store.pods.put(pod('a/p', '10.0.0.1', '2001:db8::'));
    cluster.publisher.store.pods.put(pod('a/q', '10.0.0.1'));
    cluster.publisher.flush();
    const names = ['10-0-0-1', '2001-db8--', '2001-db8--0'].map((label) => `${label}.a.pod.cluster.local`);
    expect(names.map((name) => say(cluster, name, name.startsWith('1') ? 'A' : 'AAAA'))).toEqual(['10.0.0.1', '2001:db8::', '2001:db8::']);
    cluster.publisher.store.pods.remove('a/p');
    cluster.publisher.flush();
    expect(names.map((name) => say(cluster, name, 'A'))).toEqual(['10.0.0.1', 'NXDOMAIN', 'NXDOMAIN']);
    cluster.publisher.store.pods.remove('a/q');
    cluster.publisher.flush();
    expect(say(cluster, names[0]!, 'A')).toBe('NXDOMAIN');
  });
});

it('whose Pod is at an address: of one namespace, and never of a node', () => {
  const cluster = served([], [], { pods: 'verified' });
  const { namespaces, pods } = cluster.publisher.store;
  namespaces.put(namespace('a'));
  const at = (...addresses: string[]): (string | undefined)[] => {
    cluster.publisher.flush();
    return addresses.map((address) => cluster.zones.namespaceOf(octets(address)));
  };
  pods.put(pod('a/p', '10.0.0.1', 'fd00::1'));
  pods.put({ ...pod('a/cache', '192.0.2.1'), hostNetwork: true });
  expect(at('10.0.0.1', 'fd00::1', '192.0.2.1', '10.0.0.2')).toEqual(['a', 'a', undefined, undefined]);
  // The node's address still has a name.
  expect(say(cluster, '192-0-2-1.a.pod.cluster.local', 'A')).toBe('192.0.2.1');
  pods.put(pod('b/q', '10.0.0.1'));
  expect(at('10.0.0.1')).toEqual([undefined]);
  pods.remove('a/p');
  expect(at('10.0.0.1')).toEqual(['b']);
  pods.put(pod('b/q', '10.0.0.3'));
  expect(at('10.0.0.1', '10.0.0.3')).toEqual([undefined, 'b']);
  pods.remove('a/cache');
  cluster.publisher.flush();
  expect(say(cluster, '192-0-2-1.a.pod.cluster.local', 'A')).toBe('NXDOMAIN');
});

describe('names of Pods', () => {
  it("that have a node's address stay as long as one of them does", () => {
    const cluster = served([], [], { pods: 'verified' });
    const { pods, namespaces } = cluster.publisher.store;
    namespaces.put(namespace('a'));
    pods.put({ ...pod('a/agent', '192.0.2.1'), hostNetwork: true });
    pods.put(pod('a/p', '192.0.2.1'));
    const after = (change: () => void): string => {
      change();
      cluster.publisher.flush();
      return say(cluster, '192-0-2-1.a.pod.cluster.local', 'A');
    };
    expect(after(() => pods.remove('a/agent'))).toBe('192.0.2.1');
    // In one update the address of its own goes, and the node's comes.
    expect(after(() => pods.put({ ...pod('a/p', '192.0.2.1'), hostNetwork: true }))).toBe('192.0.2.1');
    expect(after(() => pods.remove('a/p'))).toBe('NXDOMAIN');
  });

  it('that are verified are listed, each once', () => {
    const cluster = served([], [], { pods: 'verified' });
    const { pods, namespaces } = cluster.publisher.store;
    namespaces.put(namespace('a'));
    pods.put(pod('a/p', '10.0.0.1', 'fd00::1'));
    pods.put({ ...pod('a/agent', '10.0.0.1', '192.0.2.1'), hostNetwork: true });
    cluster.publisher.flush();
    const names = nameTexts(cluster.zones.forward).filter((name) => name.endsWith('.a.pod.cluster.local.'));
    expect(names).toEqual(['10-0-0-1', '192-0-2-1', 'fd00--1'].map((label) => `${label}.a.pod.cluster.local.`));
  });

  it.each<[ClusterZonesOptions['pods'], string, string]>([
    ['disabled', 'a.pod', 'NXDOMAIN'],
    ['disabled', '10-0-0-1.a.pod', 'NXDOMAIN'],
    ['insecure', 'a.pod', 'NOERROR, nothing'],
    ['insecure', '10-0-0-9.a.pod', '10.0.0.9'],
    ['insecure', '10-0-0-256.a.pod', 'NXDOMAIN'],
    ['insecure', '10-0-0.a.pod', 'NXDOMAIN'],
    ['insecure', '10.0-0-1.a.pod', 'NXDOMAIN'],
    ['insecure', '1--2.a.pod', 'NOERROR, nothing'],
    ['insecure', '10-0-0-1.b.pod', 'NXDOMAIN'],
    ['insecure', 'x.10-0-0-1.a.pod', 'NXDOMAIN'],
    ['verified', '10-0-0-1.a.pod', '10.0.0.1'],
    ['verified', '10-0-0-9.a.pod', 'NXDOMAIN'],
    ['verified', 'fd00--1.a.pod', 'NOERROR, nothing'],
    ['verified', 'fd00-0-0-0-0-0-0-1.a.pod', 'NXDOMAIN'],
  ])('%s: %s A: %s', (pods, name, expected) => {
    const cluster = served([], [], { pods });
    cluster.publisher.store.namespaces.put(namespace('a'));
    cluster.publisher.store.pods.put(pod('a/p', '10.0.0.1', 'fd00::1'));
    cluster.publisher.flush();
    expect(say(cluster, `${name}.cluster.local`, 'A')).toBe(expected);
  });
});

describe('nameservers', () => {
  const self = '192.0.2.53';
  const dns = service('a/dns', { clusterIPs: ['10.96.0.10'], ports: ['dns:53/udp'] });
  it.each<[string, Service[], EndpointSlice[], string]>([
    ['of nobody: ns.dns', [], [], 'ns.dns.cluster.local.'],
    ['behind a ClusterIP: the Service', [dns], [slice('a/dns', [self])], 'dns.a'],
    [
      'behind another Service too, of the same host: the one of port 53',
      [dns, service('a/api', { clusterIPs: ['10.96.0.1'], ports: ['https:443'] })],
      [slice('a/dns', [self]), slice('a/api', [self])],
      'dns.a',
    ],
    [
      'behind a headless Service: the endpoint',
      [service('a/dns')],
      [slice('a/dns', [`${self}=me`], { ports: ['dns:53/udp'] })],
      'me.dns.a',
    ],
    [
      'behind a headless Service of the host, such as the kubelets, too: the one of port 53',
      [dns, service('a/kubelet')],
      [slice('a/dns', [self]), slice('a/kubelet', [self], { ports: ['metrics:10250'] })],
      'dns.a',
    ],
    [
      'behind a headless Service for metrics alone: ns.dns',
      [service('a/dns')],
      [slice('a/dns', [self], { ports: ['metrics:9153'] })],
      'ns.dns.cluster.local.',
    ],
    [
      'the cluster IP of another Service, as IPVS puts on the host: ns.dns',
      [service('a/web', { clusterIPs: [self], ports: ['dns:53/udp'] })],
      [],
      'ns.dns.cluster.local.',
    ],
    ['behind no Service, only its slice: ns.dns', [], [slice('a/dns', [self])], 'ns.dns.cluster.local.'],
  ])('%s', (_, services, slices, expected) => {
    const cluster = served(services, slices);
    for (const zone of cluster.zones.all) expect(say(cluster, nameToText(zone.apex), 'NS')).toBe(expected);
    expect(say(cluster, 'ns.dns.cluster.local', 'A')).toBe(self);
  });

  it('change with the Service', () => {
    const cluster = served([dns], [slice('a/dns', [self])]);
    expect(say(cluster, 'cluster.local', 'NS')).toBe('dns.a');
    cluster.publisher.store.services.remove('a/dns');
    cluster.publisher.flush();
    expect(say(cluster, 'cluster.local', 'NS')).toBe('ns.dns.cluster.local.');
  });
});

it('refuses a domain that leaves no room for its own names', () => {
  const clusterDomain = nameFromText(`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`)!;
  expect(() => servedCluster({}, { clusterDomain, ownAddresses: [octets('192.0.2.1')] })).toThrow(/too long for (ns\.dns|hostmaster)/);
});

it('leaves out names that would be longer than 255 octets', () => {
  const clusterDomain = nameFromText(['a', 'b', 'c'].map((letter) => letter.repeat(50)).join('.'))!;
  const long = 'n'.repeat(63);
  const cluster = served([service(`${long}/${long}`, { clusterIPs: ['10.96.0.1'] })], [slice(`${long}/${long}`, [`10.0.0.1=x`])], {
    clusterDomain,
  });
  expect(nameTexts(cluster.zones.forward).filter((name) => name.includes(`${long}.${long}`))).toEqual([]);
  expect(nameTexts(cluster.zones.reverse[0]!)).toEqual(['in-addr.arpa.']);
});
