import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READY, SERVING, TERMINATING } from '../cluster/model.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { Problem } from './fields.ts';
import { identityOf, parse } from './resource.ts';

const sliceWith = (fields: object, podNames = false, metadata: object = {}, leftOut?: (message: string) => void) => {
  const object = {
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' }, ...metadata },
    addressType: 'IPv4',
    ...fields,
  };
  return parse(endpointSlices(podNames), object, identityOf(object, true), leftOut);
};

test('addresses, names and conditions, one for each address', () => {
  const endpoints = [
    { addresses: ['10.0.0.1', '10.0.0.2'], hostname: 'a', conditions: { ready: true, serving: true, terminating: false } },
    { addresses: ['10.0.0.3'], conditions: { ready: false, serving: true, terminating: true }, targetRef: { kind: 'Pod', name: 'web-x' } },
    { addresses: ['10.0.0.4'], targetRef: { kind: 'Node', name: 'n' } },
  ];
  expect(sliceWith({ endpoints })).toMatchObject({
    key: 'shop/web-1',
    service: 'web',
    addressSize: 4,
    addresses: String.fromCharCode(10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3, 10, 0, 0, 4),
    conditions: String.fromCharCode(READY | SERVING, READY | SERVING, SERVING | TERMINATING, READY | SERVING),
    hostnames: ['a', 'a', '', ''],
    podNames: undefined,
    lastChange: 0,
  });
  expect(sliceWith({ endpoints }, true)).toMatchObject({ podNames: ['', '', 'web-x', ''] });
});

describe('conditions: unset is ready, serving, not terminating', () => {
  const cases: [conditions: unknown, bits: number][] = [
    [undefined, READY | SERVING],
    [null, READY | SERVING],
    [{}, READY | SERVING],
    [{ ready: null, serving: null, terminating: null }, READY | SERVING],
    [{ ready: false }, SERVING],
    [{ serving: false, ready: false }, 0],
    [{ terminating: true }, READY | SERVING | TERMINATING],
    [{ ready: true, odd: true }, READY | SERVING],
  ];
  test.each(cases)('%j', (conditions, bits) => {
    expect(sliceWith({ endpoints: [{ addresses: ['10.0.0.1'], conditions }] })).toMatchObject({ conditions: String.fromCharCode(bits) });
  });
});

test('a slice or a pod may have a longer name than a label has room for: it is nobody’s DNS name', () => {
  const name = `${'x'.repeat(100)}.${'y'.repeat(152)}`;
  const metadata = { name, labels: { 'kubernetes.io/service-name': 'web' } };
  expect(sliceWith({ endpoints: [{ addresses: ['10.0.0.1'] }] }, false, metadata)).toMatchObject({ key: `shop/${name}`, service: 'web' });
  expect(() => sliceWith({}, false, { ...metadata, name: `${name}z` })).toThrow('metadata.name is');
});

test('IPv6 addresses are 16 octets', () => {
  expect(sliceWith({ addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }] })).toMatchObject({
    addressSize: 16,
    addresses: String.fromCharCode(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  });
});

test('null lists are empty; a port without a number is left out', () => {
  expect(sliceWith({ endpoints: null, ports: null })).toMatchObject({ addresses: '', ports: [], hostnames: undefined });
  expect(sliceWith({ ports: [{ name: 'any' }, { name: null, port: 53, protocol: 'UDP' }] })).toMatchObject({
    ports: [{ name: '', protocol: 'udp', port: 53 }],
  });
});

test('the time of the change that made it, ms; an unreadable one is none', () => {
  const at = (time: string) =>
    sliceWith({}, false, {
      labels: { 'kubernetes.io/service-name': 'web' },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': time },
    });
  expect(at('2026-11-22T05:38:15.123456789Z')).toMatchObject({ lastChange: Date.UTC(2026, 10, 22, 5, 38, 15, 123) });
  expect(at('yesterday')).toMatchObject({ lastChange: 0 });
});

describe('slices DNS has no use for are not kept', () => {
  const cases: [why: string, fields: object, metadata: object][] = [
    ['FQDN', { addressType: 'FQDN', endpoints: [{ addresses: ['a.example'] }] }, {}],
    ['no service', {}, { labels: {} }],
    ['no labels', {}, { labels: null }],
    ['an empty service name', {}, { labels: { 'kubernetes.io/service-name': '' } }],
    ['a label that can be no Service’s name', {}, { labels: { 'kubernetes.io/service-name': 'Web_1' } }],
    ['a name of two labels', {}, { labels: { 'kubernetes.io/service-name': 'web.1' } }],
  ];
  test.each(cases)('%s', (_why, fields, metadata) => expect(sliceWith(fields, false, metadata)).toBeUndefined());
});

describe('one part that cannot be read costs only itself', () => {
  const good = { endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }], ports: [{ port: 80 }] };
  const port = { name: '', protocol: 'tcp', port: 80 };
  const both = String.fromCharCode(10, 0, 0, 1, 10, 0, 0, 2);
  const cases: [fields: object, addresses: string, ports: object[], says: string][] = [
    [
      { ports: [{ port: 0 }] },
      both,
      [],
      'ports[0].port is 0; it must be a whole number from 1 to 65535; it is left out, the rest is served',
    ],
    [
      { ports: [{ port: 80 }, { port: 90, protocol: 'tcp' }] },
      both,
      [port],
      'ports[1].protocol is "tcp"; it must be TCP, UDP or SCTP; it is left out, the rest is served',
    ],
    [
      // Older API servers accept leading zeros.
      { endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['010.0.0.2'] }] },
      both.slice(0, 4),
      [port],
      'endpoints[1].addresses[0] is "010.0.0.2"; it must be an IPv4 or IPv6 address; it is left out, the rest is served',
    ],
    [
      { endpoints: [{ addresses: ['2001:db8::1', 'x', '10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.3'], hostname: 'A' }] },
      both,
      [port],
      'endpoints[0].addresses[0] is "2001:db8::1"; it must be an IPv4 address, as addressType says; it is left out, and so are 2 more, the rest is served',
    ],
  ];
  test.each(cases)('%j', (fields, addresses, ports, says) => {
    const told: string[] = [];
    expect(sliceWith({ ...good, ...fields }, false, {}, (message) => told.push(message))).toMatchObject({ addresses, ports });
    expect(told).toEqual([`EndpointSlice shop/web-1: ${says}`]);
  });
});

describe('a slice that is not as it should be, or of which nothing can be read', () => {
  const cases: [fields: object, says: string][] = [
    [{ addressType: 'IPX' }, 'addressType is "IPX"; it must be IPv4, IPv6 or FQDN'],
    [{ endpoints: [{ addresses: ['y', 'x'] }] }, 'endpoints[0].addresses[0] is "y"; it must be an IPv4 or IPv6 address'],
    [
      { endpoints: [{ addresses: ['2001:db8::1'] }] },
      'endpoints[0].addresses[0] is "2001:db8::1"; it must be an IPv4 address, as addressType says',
    ],
    [
      { endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: 'yes' } }] },
      'endpoints[0].conditions.ready is "yes"; it must be true or false',
    ],
    [
      { endpoints: [{ addresses: ['10.0.0.1'], hostname: 'A' }] },
      'endpoints[0].hostname is "A"; it must be a DNS label: 1 to 63 of a-z, 0-9 and -, neither first nor last a hyphen',
    ],
    [{ endpoints: 7 }, 'endpoints is 7; it must be a list'],
  ];
  test.each(cases)('%j', (fields, says) => expect(sliceWith(fields)).toEqual(new Problem(`EndpointSlice shop/web-1: ${says}`)));

  test('any JSON is a value, nothing or a Problem, never another error', () => {
    const fields = fc.record({
      addressType: fc.oneof(fc.constant('IPv4'), fc.jsonValue()),
      endpoints: fc.jsonValue(),
      ports: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fields, (some) => {
        const parsed = sliceWith(some);
        expect(parsed === undefined || parsed instanceof Problem || parsed.key === 'shop/web-1').toBe(true);
      }),
    );
  });
});
