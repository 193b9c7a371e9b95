/** RFC 5936 and RFC 1995: zone transfers are refused. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { extendedError, opt } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();

describe.each(transports)('over %s', (transport) => {
  test.each([
    ['AXFR', Type.AXFR, 'cluster.local'],
    ['AXFR', Type.AXFR, 'in-addr.arpa'],
    ['AXFR', Type.AXFR, 'web.shop.svc.cluster.local'],
    ['AXFR', Type.AXFR, 'example.test'],
    ['IXFR', Type.IXFR, 'cluster.local'],
  ])('2.2.1: %s (%i) of %s is refused', async (_, type, name) => {
    const response = await served.ask({ name, type, edns: [opt()] }, transport);
    expect(response).toMatchObject({ rcode: Rcode.REFUSED, answers: [], authorities: [] });
    expect(extendedError(response)).toBe(18);
  });
});

test('no upstream is asked for a zone', () => expect(served.upstream.asked.filter((question) => /[AI]XFR/.test(question))).toEqual([]));
