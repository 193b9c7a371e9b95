import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { message as write } from '../../test/fakes/api-server/protobuf.ts';
import { kinds } from '../../test/fakes/api-server/protobuf-fields.ts';
import type { EndpointSlice } from '../cluster/model.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { Problem, type Fields } from './fields.ts';
import { packedEndpoints } from './packed-endpoints.ts';
import { protobuf } from './protobuf-format.ts';
import { identityOf, parse } from './resource.ts';

const octetsOf = (slice: object): Buffer => write(slice, kinds.EndpointSlice!);

const metadata = { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '1', labels: { 'kubernetes.io/service-name': 'web' } };
const sliceOf = (...endpoints: object[]): object => ({ metadata, addressType: 'IPv4', endpoints });

/** What is kept of the object, or the problem; with what was left out. */
function kept(object: Fields, podNames: boolean): unknown {
  const leftOut: string[] = [];
  const value = parse(endpointSlices(podNames), object, identityOf(object, true), (message) => leftOut.push(message));
  return { value: value instanceof Problem ? value.message : value, leftOut };
}

const flag = fc.boolean();
const address = fc.oneof(
  { arbitrary: fc.ipV4(), weight: 20 },
  {
    arbitrary: fc.constantFrom('10.0.0.01', '10.0.0', '10.0.0.256', '1.2.3.4.5', '', '10.0.0.1 ', '::1', '1..2.3', '.1.2.3', '1.2.3.', 'ü'),
    weight: 1,
  },
);
const endpoint = fc.record(
  {
    addresses: fc.array(address, { maxLength: 3 }),
    conditions: fc.record({ ready: flag, serving: flag, terminating: flag }, { requiredKeys: [] }),
    hostname: fc.oneof(
      { arbitrary: fc.constantFrom('', 'db-0', 'db-1'), weight: 9 },
      { arbitrary: fc.constantFrom('Db', '-', 'a.b'), weight: 1 },
    ),
    nodeName: fc.string(),
    targetRef: fc.record(
      { kind: fc.constantFrom('Pod', 'Node'), name: fc.constantFrom('', 'pod-0'), namespace: fc.constant('shop') },
      { requiredKeys: [] },
    ),
    zone: fc.string(),
  },
  { requiredKeys: [] },
);
const slices = fc.record(
  {
    metadata: fc.constant(metadata),
    addressType: fc.constantFrom('IPv4', 'IPv4', 'IPv4', 'IPv6'),
    endpoints: fc.array(endpoint, { maxLength: 6 }),
  },
  { noNullPrototype: true },
);

test('endpoints in protobuf are kept as those in JSON are, whatever is wrong with them', () => {
  let packed = 0;
  fc.assert(
    fc.property(slices, flag, (slice, podNames) => {
      const octets = octetsOf(slice);
      if (packedEndpoints(octets, podNames) !== undefined) packed++;
      const resource = endpointSlices(podNames);
      expect(kept(protobuf.object(octets, resource.message), podNames)).toEqual(
        kept(JSON.parse(JSON.stringify(slice)) as Fields, podNames),
      );
    }),
    { numRuns: 2_000 },
  );
  expect(packed).toBeGreaterThan(200);
});

describe('what is packed, and what is read field by field', () => {
  const cases: [what: string, endpoints: object[], expected: Partial<EndpointSlice> | undefined][] = [
    ['none', [], { addresses: '', conditions: '', hostnames: undefined, podNames: undefined }],
    [
      'conditions unset',
      [{ addresses: ['10.0.0.1'] }],
      { addresses: String.fromCharCode(10, 0, 0, 1), conditions: String.fromCharCode(3) },
    ],
    ['conditions', [{ addresses: ['1.2.3.4'], conditions: { ready: false, terminating: true } }], { conditions: String.fromCharCode(6) }],
    [
      'a name after none',
      [{ addresses: ['1.1.1.1'] }, { addresses: ['1.1.1.2', '1.1.1.3'], hostname: 'a' }],
      { hostnames: ['', 'a', 'a'] },
    ],
    ['a Pod', [{ addresses: ['1.1.1.1'], targetRef: { kind: 'Pod', name: 'p' } }, { addresses: ['1.1.1.2'] }], { podNames: ['p', ''] }],
    ['the longest address', [{ addresses: ['255.255.255.255'] }], { addresses: String.fromCharCode(255, 255, 255, 255) }],
    ['IPv6', [{ addresses: ['::1'] }], undefined],
    ['an invalid hostname', [{ addresses: ['1.1.1.1'], hostname: 'A' }], undefined],
    ['an invalid address', [{ addresses: ['1.1.1.1'] }, { addresses: ['1.1.1.256'] }], undefined],
  ];
  test.each(cases)('%s', (_what, endpoints, expected) => {
    const packed = packedEndpoints(octetsOf(sliceOf(...endpoints)), true);
    if (expected === undefined) expect(packed).toBeUndefined();
    else expect(packed).toMatchObject(expected);
  });
});

test('however many of the shortest addresses there are, none is lost', () => {
  const octets = write({ endpoints: [{ addresses: Array<string>(200).fill('1.1.1.1') }] }, kinds.EndpointSlice!);
  expect(packedEndpoints(octets, false)).toMatchObject({ addresses: '\x01'.repeat(800), conditions: '\x03'.repeat(200) });
});

describe('octets that are no message', () => {
  const cases: [what: string, octets: string][] = [
    ['a slice that is cut', '5100'],
    ['a number that crosses the end of its endpoint', '120250ff01'],
    ['a condition that crosses the end of its conditions', '1207120208ff011a00'],
  ];
  test.each(cases)('%s', (_what, octets) => expect(() => packedEndpoints(Buffer.from(octets, 'hex'), true)).toThrow(Problem));
});

test('any octets are packed, left to the other reader, or a Problem', () => {
  const octets = octetsOf(
    sliceOf({ addresses: ['10.0.0.1'], conditions: { ready: true }, hostname: 'a', targetRef: { kind: 'Pod', name: 'p' } }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(octets.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(octets.length),
      (changes, cut) => {
        const changed = Buffer.from(octets);
        for (const [at, octet] of changes) changed[at] = octet;
        try {
          packedEndpoints(changed.subarray(0, cut), true);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
