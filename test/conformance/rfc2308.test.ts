/** RFC 2308: negative answers, from our zones and from upstreams. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded(['--negative-ttl', '7', '--cache-servfail-ttl', '5']);
const askedOf = (name: string): number => served.upstream.asked.filter((question) => question.includes(` ${name} `)).length;

describe.each(transports)('over %s', (transport) => {
  test('2.1: a name that is not there is NXDOMAIN with the SOA of its zone', async () => {
    const { rcode, flags, answers, authorities } = await served.ask({ name: 'absent.shop.svc.cluster.local' }, transport);
    expect({ rcode, flags, answers }).toEqual({ rcode: Rcode.NXDOMAIN, flags: 'qr aa rd ra', answers: [] });
    expect(authorities).toEqual([['cluster.local.', 7, 'SOA', expect.anything()]]);
  });

  test('2.2: a type that is not there is NODATA with the SOA of its zone', async () => {
    const { rcode, flags, answers, authorities } = await served.ask({ name: 'web.shop.svc.cluster.local', type: Type.AAAA }, transport);
    expect({ rcode, flags, answers }).toEqual({ rcode: Rcode.NOERROR, flags: 'qr aa rd ra', answers: [] });
    expect(authorities).toHaveLength(1);
  });

  test('3, 5: the TTL of that SOA is what is meant: it is not above its MINIMUM', async () => {
    const { authorities } = await served.ask({ name: 'absent.cluster.local' }, transport);
    const [, ttl, , rdata] = authorities[0]!;
    expect(ttl).toBe(7);
    expect(ttl).toBeLessThanOrEqual(Number(rdata.split(' ').at(-1)));
  });
});

test('5: the absence of an outside name is kept by its SOA, whose TTL is at most what is left', async () => {
  const name = 'nothing.example.test';
  const first = await served.ask({ name });
  const again = await served.ask({ name });
  for (const { rcode, flags, authorities } of [first, again]) {
    expect({ rcode, flags }).toEqual({ rcode: Rcode.NXDOMAIN, flags: 'qr rd ra' });
    expect(authorities).toMatchObject([['example.test.', expect.any(Number), 'SOA', expect.anything()]]);
    expect(authorities[0]![1]).toBeLessThanOrEqual(60);
  }
  expect(askedOf(name)).toBe(1);
});

test('5: an absence without an SOA is not kept', async () => {
  const name = 'www.nowhere.invalid';
  for (let i = 0; i < 2; i++) expect(await served.ask({ name })).toMatchObject({ rcode: Rcode.NXDOMAIN, authorities: [] });
  expect(askedOf(name)).toBe(2);
});

test('7.1: a failure is kept for seconds, so that upstreams in trouble are not asked by everyone', async () => {
  const name = 'servfail.example.test';
  expect((await served.ask({ name })).rcode).toBe(Rcode.SERVFAIL);
  const asked = askedOf(name);
  expect((await served.ask({ name })).rcode).toBe(Rcode.SERVFAIL);
  expect(askedOf(name)).toBe(asked);
});
