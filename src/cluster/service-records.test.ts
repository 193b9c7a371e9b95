import { describe, expect, it } from 'vitest';
import { recordTexts, servedCluster, type ServedCluster } from '../../test/fakes/cluster-zones.ts';
import { service, slice } from '../../test/fakes/slim.ts';
import { Type } from '../wire/iana.ts';
import { nameFromText } from '../wire/name.ts';
import type { EndpointSlice, Service } from './model.ts';

function served(services: Service[], slices: EndpointSlice[]): ServedCluster {
  const cluster = servedCluster();
  cluster.publisher.store.endpointSlices.replace(slices);
  cluster.publisher.store.services.replace(services);
  cluster.publisher.flush();
  return cluster;
}

/** Removes `.svc.cluster.local.` from records. */
const short = (texts: string[]): string[] => texts.map((text) => text.replaceAll('.svc.cluster.local.', ''));

describe('records of a Service', () => {
  it.each<[string, Service, EndpointSlice[], string[]]>([
    [
      'ClusterIP, dual stack: one SRV a named port, weight 100 though it has two addresses',
      service('a/web', { clusterIPs: ['10.96.0.1', 'fd00::1'], ports: ['http:80', ':81'] }),
      [],
      [
        '_http._tcp.web.a SRV 0 100 80 web.a',
        'web.a A 10.96.0.1',
        'web.a AAAA fd00::1',
        'web.a SRV 0 50 80 web.a',
        'web.a SRV 0 50 81 web.a',
      ],
    ],
    ['ClusterIP without an address: no name yet', service('a/web', { kind: 'clusterIP', ports: ['http:80'] }), [], []],
    [
      'ClusterIP: its endpoints have names and their own ports',
      service('a/web', { clusterIPs: ['10.96.0.1'] }),
      [slice('a/web', ['10.0.0.1=x', '!10.0.0.2=y', '~10.0.0.3=z'], { ports: ['http:8080'] })],
      ['web.a A 10.96.0.1', 'x.web.a A 10.0.0.1', 'x.web.a SRV 0 100 8080 x.web.a'],
    ],
    [
      'headless: endpoints of several slices, each once; ready in one slice is ready',
      service('a/db', { ports: ['ignored:1'] }),
      [
        slice('a/db', ['10.0.0.2', '10.0.0.1=one', '!10.0.0.3'], { ports: ['pg:5432'] }),
        slice('a/db', ['10.0.0.2', '10.0.0.3'], { ports: ['pg:5432'], suffix: '2' }),
        slice('a/db', ['fd00::2=one'], { ports: ['pg:5432'], suffix: '6' }),
      ],
      [
        ...['10-0-0-2', '10-0-0-3', 'one'].map((target) => `_pg._tcp.db.a SRV 0 33 5432 ${target}.db.a`),
        ...['10-0-0-2', '10-0-0-3', 'one'].map((target) => `db.a SRV 0 33 5432 ${target}.db.a`),
        ...['10-0-0-2', '10-0-0-3', 'one'].map((target) => `${target}.db.a SRV 0 100 5432 ${target}.db.a`),
        '10-0-0-2.db.a A 10.0.0.2',
        '10-0-0-3.db.a A 10.0.0.3',
        'db.a A 10.0.0.1',
        'db.a A 10.0.0.2',
        'db.a A 10.0.0.3',
        'db.a AAAA fd00::2',
        'one.db.a A 10.0.0.1',
        'one.db.a AAAA fd00::2',
      ],
    ],
    [
      'headless: slices with other ports give other SRV records',
      service('a/db'),
      [
        slice('a/db', ['10.0.0.1=x'], { ports: ['pg:5432'] }),
        slice('a/db', ['10.0.0.2=y'], { ports: ['pg:6432', 'dns:53/udp'], suffix: '2' }),
      ],
      [
        '_dns._udp.db.a SRV 0 100 53 y.db.a',
        '_pg._tcp.db.a SRV 0 50 5432 x.db.a',
        '_pg._tcp.db.a SRV 0 50 6432 y.db.a',
        'db.a A 10.0.0.1',
        'db.a A 10.0.0.2',
        'db.a SRV 0 33 53 y.db.a',
        'db.a SRV 0 33 5432 x.db.a',
        'db.a SRV 0 33 6432 y.db.a',
        'x.db.a A 10.0.0.1',
        'x.db.a SRV 0 100 5432 x.db.a',
        'y.db.a A 10.0.0.2',
        'y.db.a SRV 0 50 53 y.db.a',
        'y.db.a SRV 0 50 6432 y.db.a',
      ],
    ],
    ['headless, nobody ready: no name (R7)', service('a/db'), [slice('a/db', ['!10.0.0.1'], { ports: ['pg:1'] })], []],
    [
      'headless, not-ready addresses published',
      service('a/db', { publishNotReadyAddresses: true }),
      [slice('a/db', ['!10.0.0.1=x'])],
      ['db.a A 10.0.0.1', 'x.db.a A 10.0.0.1'],
    ],
    [
      'headless without ports: no SRV',
      service('a/db'),
      [slice('a/db', ['2001:db8::', 'fd00::1:1'])],
      ['2001-db8--0.db.a AAAA 2001:db8::', 'db.a AAAA 2001:db8::', 'db.a AAAA fd00::1:1', 'fd00--1-1.db.a AAAA fd00::1:1'],
    ],
    [
      'hostnames shared by endpoints, and one spelt like another address',
      service('a/db'),
      [slice('a/db', ['10.0.0.1=same', '10.0.0.2=same', '10.0.0.3=10-0-0-4', '10.0.0.4'])],
      [
        '10-0-0-4.db.a A 10.0.0.3',
        '10-0-0-4.db.a A 10.0.0.4',
        ...['1', '2', '3', '4'].map((n) => `db.a A 10.0.0.${n}`),
        'same.db.a A 10.0.0.1',
        'same.db.a A 10.0.0.2',
      ],
    ],
    [
      'pod names stand in for hostnames where they are labels',
      service('a/db'),
      [slice('a/db', ['10.0.0.1=x', '10.0.0.2', '10.0.0.3'], { podNames: ['db-0', 'db-1', 'db.2'] })],
      ['10-0-0-3.db.a A 10.0.0.3', 'db-1.db.a A 10.0.0.2', 'db.a A 10.0.0.1', 'db.a A 10.0.0.2', 'db.a A 10.0.0.3', 'x.db.a A 10.0.0.1'],
    ],
    ['ExternalName', service('a/out', { externalName: 'WWW.example.test' }), [], ['out.a CNAME www.example.test.']],
    ['ExternalName that is an IPv4 address: no name', service('a/out', { externalName: '192.0.2.1' }), [], []],
    ['ExternalName that is an IPv6 address: no name', service('a/out', { externalName: '2001:db8::1' }), [], []],
    ['ExternalName that is no name', service('a/out', { externalName: 'a..b' }), [], []],
    ['ExternalName that is the root', service('a/out', { externalName: '.' }), [], []],
    [
      'ExternalName has nothing below it',
      service('a/out', { externalName: 'x.test' }),
      [slice('a/out', ['10.0.0.1=x'])],
      ['out.a CNAME x.test.'],
    ],
    ['a Service whose name is no label', service('a/Web_1', { clusterIPs: ['10.96.0.1'] }), [], []],
    [
      'a port name that leaves no room for its underscore, or is no label: the port stays',
      service('a/web', { clusterIPs: ['10.96.0.1'], ports: [`${'p'.repeat(63)}:80`, 'b_d:81', 'x:0'] }),
      [],
      ['web.a A 10.96.0.1', 'web.a SRV 0 50 80 web.a', 'web.a SRV 0 50 81 web.a'],
    ],
  ])('%s', (_, object, slices, expected) => {
    const cluster = served([object], slices);
    expect(short(recordTexts(cluster.zones.forward))).toEqual(expected.toSorted());
  });

  it('beside SRV records, the addresses of an endpoint stand once, however many ports it has', () => {
    const cluster = served([service('a/db')], [slice('a/db', ['10.0.0.1=x', '10.0.0.2=y'], { ports: ['pg:5432', 'mon:9187'] })]);
    const answer = cluster.zones.forward.lookup(nameFromText('db.a.svc.cluster.local')!, Type.SRV);
    expect(answer).toMatchObject({ answers: 4, additionals: 2 });
  });

  it('and slices without a Service: none, but addresses that point back', () => {
    const cluster = served([], [slice('a/gone', ['10.0.0.1=x'])]);
    expect(recordTexts(cluster.zones.forward)).toEqual([]);
    expect(short(recordTexts(cluster.zones.reverse[0]!))).toEqual(['1.0.0.10.in-addr.arpa. PTR x.gone.a']);
  });
});
