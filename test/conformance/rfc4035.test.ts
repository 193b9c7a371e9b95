/** RFC 4035 and RFC 6840: the DNSSEC flags and types, in zones that are not signed. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { DO, opt, RD } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();
const AD = 0x20;
const CD = 0x10;

describe.each(transports)('over %s', (transport) => {
  test.each([
    ['3.1.6: CD is given back', RD | CD, 'qr aa rd ra cd'],
    ['RFC 6840 5.7: AD asks, and nothing here is authentic', RD | AD, 'qr aa rd ra'],
    ['both', RD | AD | CD, 'qr aa rd ra cd'],
  ])('%s', async (_, flags, given) => {
    for (const edns of [[], [opt({ flags: DO })]])
      expect((await served.ask({ name: 'web.shop.svc.cluster.local', flags, edns }, transport)).flags).toBe(given);
  });

  test.each([Type.DS, Type.DNSKEY, Type.RRSIG, Type.NSEC, Type.NSEC3])('3.1.4.1: type %i is NODATA, also with DO', async (type) => {
    for (const edns of [[], [opt({ flags: DO })]])
      expect(await served.ask({ name: 'cluster.local', type, edns }, transport)).toMatchObject({
        rcode: Rcode.NOERROR,
        answers: [],
        authorities: [['cluster.local.', 5, 'SOA', expect.anything()]],
      });
  });
});
