/** RFC 3596: AAAA records, and reverse names in ip6.arpa. */
import { expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { serveRecorded } from './served.ts';

const served = serveRecorded();
const reverse = '0.4.0.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa';

test('2.1, 2.2: AAAA', async () =>
  expect((await served.ask({ name: 'api.shop.svc.cluster.local', type: Type.AAAA })).answers).toEqual([
    ['api.shop.svc.cluster.local.', 30, 'AAAA', 'fd00:10:96::2040'],
  ]));

test('2.5: nibbles in ip6.arpa, of either case', async () => {
  for (const name of [reverse, reverse.toUpperCase()])
    expect((await served.ask({ name, type: Type.PTR })).answers).toEqual([[`${reverse}.`, 30, 'PTR', 'api.shop.svc.cluster.local.']]);
});

test('2.5: an address nobody here has is the upstream’s to answer', async () => {
  const name = reverse.replace(/^0\.4/, 'e.e');
  expect(await served.ask({ name, type: Type.PTR })).toMatchObject({ rcode: Rcode.NXDOMAIN, flags: 'qr rd ra' });
  expect(served.upstream.asked).toContain(`udp ${name} PTR`);
});
