import { describe, expect, test } from 'vitest';
import { fromOctets } from '../cluster/octets.ts';
import { formatAddress } from '../wire/address.ts';
import { Problem } from './fields.ts';
import { namespaces } from './namespace.ts';
import { pods } from './pod.ts';
import { identityOf, parse } from './resource.ts';

const podWith = (status: unknown) => {
  const object = { metadata: { name: 'db.0', namespace: 'shop' }, status };
  return parse(pods, object, identityOf(object, true));
};

describe('pods', () => {
  const cases: [status: unknown, addresses: string[] | undefined][] = [
    [{ phase: 'Running', podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }, { ip: '2001:db8::1' }] }, ['10.1.0.1', '2001:db8::1']],
    [{ podIP: '10.1.0.1' }, ['10.1.0.1']],
    [{ phase: 'Pending' }, undefined],
    [undefined, undefined],
    [{ phase: 'Succeeded', podIP: '10.1.0.1' }, undefined],
    [{ phase: 'Failed', podIP: '10.1.0.1' }, undefined],
    [{ phase: 'Unknown', podIP: '10.1.0.1' }, undefined],
  ];
  test.each(cases)('%j', (status, addresses) => {
    const pod = podWith(status);
    if (pod instanceof Problem) throw pod;
    expect(pod?.addresses.map((octets) => formatAddress(fromOctets(octets)))).toEqual(addresses);
  });

  test.each([
    [undefined, false],
    [{ hostNetwork: false }, false],
    [{ hostNetwork: true }, true],
  ])("spec %j: on the host's network %s", (spec, hostNetwork) => {
    const object = { metadata: { name: 'db.0', namespace: 'shop' }, spec, status: { podIP: '10.1.0.1' } };
    expect(parse(pods, object, identityOf(object, true))).toMatchObject({ hostNetwork });
  });

  test('an address that is none is a problem', () => {
    expect(podWith({ podIPs: [{ ip: 'x' }] })).toEqual(
      new Problem('Pod shop/db.0: status.podIPs[0].ip is "x"; it must be an IPv4 or IPv6 address'),
    );
  });

  test('the server is asked to leave out those that gave their address back', () => {
    expect(pods.fieldSelector).toBe('status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown');
  });
});

test('a namespace is its name', () => {
  const object = { metadata: { name: 'shop', uid: 'u', resourceVersion: '3', labels: { a: 'b' } } };
  expect(parse(namespaces, object, identityOf(object, false))).toEqual({ key: 'shop', uid: 'u', resourceVersion: '3', name: 'shop' });
});

describe('identity', () => {
  const cases: [metadata: unknown, says: string][] = [
    [undefined, 'metadata.name is missing'],
    [{ name: 'A', namespace: 'shop' }, 'metadata.name is "A"'],
    [{ name: 'a', namespace: 'x.y' }, 'metadata.namespace is "x.y"'],
    [{ name: 'a' }, 'metadata.namespace is missing'],
    [{ name: 'a', namespace: 'b', uid: 7 }, 'metadata.uid is 7'],
  ];
  test.each(cases)('%j', (metadata, says) => expect(() => identityOf({ metadata }, true)).toThrow(says));
});
