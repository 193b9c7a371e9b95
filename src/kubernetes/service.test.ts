import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromOctets } from '../cluster/octets.ts';
import { formatAddress } from '../wire/address.ts';
import { Problem } from './fields.ts';
import { identityOf, parse } from './resource.ts';
import { services } from './service.ts';

const slim = (spec: unknown, name = 'web', leftOut?: (message: string) => void, more: object = {}) => {
  const object = { kind: 'Service', metadata: { name, namespace: 'shop', uid: 'u', resourceVersion: '7', ...more }, spec };
  return parse(services, object, identityOf(object, true), leftOut);
};

describe('what DNS sees of a Service', () => {
  const cases = [
    { spec: { clusterIP: '10.0.0.1' }, kind: 'clusterIP', ips: ['10.0.0.1'] },
    {
      spec: { type: 'NodePort', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '2001:db8::1'] },
      kind: 'clusterIP',
      ips: ['10.0.0.1', '2001:db8::1'],
    },
    {
      spec: { type: 'LoadBalancer', clusterIP: '2001:db8::1', clusterIPs: ['2001:db8::1', '10.0.0.1'] },
      kind: 'clusterIP',
      ips: ['2001:db8::1', '10.0.0.1'],
    },
    { spec: { clusterIP: 'None', clusterIPs: ['None'] }, kind: 'headless', ips: [] },
    { spec: { type: 'ExternalName', externalName: 'Db.Example.com.' }, kind: 'externalName', ips: [], externalName: 'db.example.com' },
    { spec: { type: 'ExternalName', externalName: '192.0.2.1' }, kind: 'externalName', ips: [], externalName: '192.0.2.1' },
    { spec: { clusterIP: '10.0.0.1', publishNotReadyAddresses: true }, kind: 'clusterIP', ips: ['10.0.0.1'], notReady: true },
  ];
  test.each(cases)('$spec', ({ spec, kind, ips, externalName = '', notReady = false }) => {
    const service = slim(spec);
    if (service === undefined || service instanceof Problem) throw service ?? new Error('nothing');
    expect(service).toMatchObject({ key: 'shop/web', uid: 'u', resourceVersion: '7', namespace: 'shop', name: 'web', kind, externalName });
    expect(service.clusterIPs.map((octets) => formatAddress(fromOctets(octets)))).toEqual(ips);
    expect(service.publishNotReadyAddresses).toBe(notReady);
    expect(Object.isFrozen(service)).toBe(true);
  });

  test.each([
    ['true', true],
    ['false', false],
    ['', false],
  ])('the annotation that was publishNotReadyAddresses once, "%s" (specification 1.1.0 section 2.1)', (value, expected) => {
    const annotations = { 'service.alpha.kubernetes.io/tolerate-unready-endpoints': value };
    expect(slim({ clusterIP: 'None' }, 'web', undefined, { annotations })).toMatchObject({ publishNotReadyAddresses: expected });
  });

  test('ports: TCP when unsaid, names when given', () => {
    const ports = [
      { port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'diameter', port: 3868, protocol: 'SCTP', targetPort: 'x' },
    ];
    expect(slim({ clusterIP: '10.0.0.1', ports })).toMatchObject({
      ports: [
        { name: '', protocol: 'tcp', port: 80 },
        { name: 'dns', protocol: 'udp', port: 53 },
        { name: 'diameter', protocol: 'sctp', port: 3868 },
      ],
    });
  });
});

describe('one part that cannot be read costs only itself', () => {
  const cases: [spec: object, says: string][] = [
    [{ clusterIPs: ['10.0.0.1', 'x'] }, 'spec.clusterIPs[1] is "x"; it must be an IPv4 or IPv6 address'],
    [{ ports: [{ port: 80 }, { port: 70_000 }] }, 'spec.ports[1].port is 70000; it must be a whole number from 1 to 65535'],
    [{ ports: [{ port: '80' }, { port: 80 }] }, 'spec.ports[0].port is "80"; it must be a whole number from 1 to 65535'],
    [{ ports: [{ port: 80 }, { port: 80, protocol: 'tcp' }] }, 'spec.ports[1].protocol is "tcp"; it must be TCP, UDP or SCTP'],
    [
      { ports: [{ port: 80 }, { name: 'a b', port: 81 }] },
      'spec.ports[1].name is "a b"; it must be a DNS label: 1 to 63 of a-z, 0-9 and -, neither first nor last a hyphen',
    ],
  ];
  test.each(cases)('%j', (spec, says) => {
    const told: string[] = [];
    expect(slim({ clusterIP: '10.0.0.1', ports: [{ port: 80 }], ...spec }, 'web', (message) => told.push(message))).toMatchObject({
      clusterIPs: [String.fromCharCode(10, 0, 0, 1)],
      ports: [{ name: '', protocol: 'tcp', port: 80 }],
    });
    expect(told).toEqual([`Service shop/web: ${says}; it is left out, the rest is served`]);
  });
});

describe('a Service that is not as it should be', () => {
  const cases: [spec: unknown, says: string][] = [
    [7, 'spec is 7; it must be an object'],
    [{ type: 'Cluster' }, 'spec.type is "Cluster"; it must be ClusterIP, NodePort, LoadBalancer or ExternalName'],
    [{}, 'spec.clusterIP is missing; it must be an IP address (an API server assigns it; in a manifest write one) or None'],
    [{ clusterIP: '10.0.0.256' }, 'spec.clusterIP is "10.0.0.256"; it must be an IPv4 or IPv6 address'],
    [{ clusterIP: 'y', clusterIPs: ['y', 'x'] }, 'spec.clusterIPs[0] is "y"; it must be an IPv4 or IPv6 address'],
    [{ clusterIP: '10.0.0.01' }, 'spec.clusterIP is "10.0.0.01"; it must be an IPv4 or IPv6 address'],
    [{ type: 'ExternalName' }, 'spec.externalName is missing; it must be a host name, such as db.example.com'],
    [{ type: 'ExternalName', externalName: 'a..b' }, 'spec.externalName is "a..b"; it must be a host name, such as db.example.com'],
    [{ clusterIP: '10.0.0.1', ports: {} }, 'spec.ports is {}; it must be a list'],
  ];
  test('a label of more than 63 octets is for join.ts: an API server takes it', () => {
    const externalName = `${'x'.repeat(64)}.test`;
    expect(slim({ type: 'ExternalName', externalName })).toMatchObject({ externalName });
  });

  test.each(cases)('%j', (spec, says) => {
    expect(slim(spec)).toEqual(new Problem(`Service shop/web: ${says}`));
  });

  test('a name with a dot is no Service’s', () => {
    expect(slim({ clusterIP: '10.0.0.1' }, 'a.b')).toBeInstanceOf(Problem);
  });

  test('any JSON is a value or a Problem, never another error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (spec) => {
        const parsed = slim(spec);
        expect(parsed instanceof Problem || parsed?.key === 'shop/web').toBe(true);
      }),
    );
  });
});

test('every Service a real API server stored is understood', () => {
  const text = readFileSync(new URL('../../test/fakes/api-server/recordings/list-page-1.txt', import.meta.url), 'utf8');
  const { items } = JSON.parse(text.slice(text.indexOf('{'))) as { items: Record<string, unknown>[] };
  expect(items.map((object) => parse(services, object, identityOf(object, true)))).toMatchObject([
    { key: 'default/kubernetes', resourceVersion: '206', ports: [{ name: 'https', protocol: 'tcp', port: 443 }] },
    { key: 'default/svc-1', resourceVersion: '222', ports: [{ name: '80-8080', protocol: 'tcp', port: 80 }] },
  ]);
});
