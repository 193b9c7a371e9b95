/** RFC 3597: unknown types. */
import { describe, expect, test } from 'vitest';
import { Rcode } from '../../src/wire/iana.ts';
import { recordedUpstream } from '../fakes/upstream.ts';
import { serveRecorded, transports } from './served.ts';

const PRIVATE = 65_280;
const rdata = Buffer.from('0004c000020105746573743a00ff', 'hex');
const served = serveRecorded([], (name, type) =>
  name === 'odd.example.test' && type === `UNKNOWN_${PRIVATE}`
    ? { rcode: 'NOERROR', answers: [{ name, type: `UNKNOWN_${PRIVATE}` as never, ttl: 20, data: rdata }] }
    : recordedUpstream(name, type),
);

describe.each(transports)('over %s', (transport) => {
  test.each([PRIVATE, 65_534, 65_535, 0, 128])('type %i of a name that is there is NODATA, of another NXDOMAIN', async (type) => {
    expect(await served.ask({ name: 'web.shop.svc.cluster.local', type }, transport)).toMatchObject({ rcode: Rcode.NOERROR, answers: [] });
    expect(await served.ask({ name: 'absent.shop.svc.cluster.local', type }, transport)).toMatchObject({ rcode: Rcode.NXDOMAIN });
  });

  test('3: rdata of an unknown type passes octet by octet, from the upstream and from the cache', async () => {
    for (let i = 0; i < 2; i++) {
      const { answers } = await served.ask({ name: 'odd.example.test', type: PRIVATE }, transport);
      expect(answers).toHaveLength(1);
      expect(answers[0]![3]).toContain(JSON.stringify(rdata.toJSON().data).slice(1, -1));
    }
  });
});
