/** RFC 9619: a query with more than one question is malformed; so is one with none, unless it has a cookie (RFC 7873 section 5.4). */
import { describe, expect, test } from 'vitest';
import { Rcode } from '../../src/wire/iana.ts';
import { message, nameOctets, opt, uint16s } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();
const name = 'web.shop.svc.cluster.local';
const question = Buffer.concat([nameOctets('db.shop.svc.cluster.local'), uint16s(1, 1)]);
const none = Buffer.concat([uint16s(4711, 0x100, 0, 0, 0, 0)]);

describe.each(transports)('over %s', (transport) => {
  test.each([
    ['two questions', message({ name, counts: [2, 0, 0, 0], behind: question })],
    ['the same question twice', message({ name, counts: [2, 0, 0, 0], behind: message({ name }).subarray(12) })],
    ['two questions and EDNS', message({ name, counts: [2, 0, 0, 1], behind: Buffer.concat([question, opt()]) })],
    ['65535 promised', message({ name, counts: [0xffff, 0, 0, 0] })],
    ['256 promised', message({ name, counts: [256, 0, 0, 0] })],
    ['no question', none],
    ['no question, though one is there', message({ name, counts: [0, 0, 0, 0] })],
  ])('4: %s is malformed', async (_, packet) =>
    expect(await served.ask(packet, transport)).toMatchObject({
      id: 4711,
      rcode: Rcode.FORMERR,
      flags: 'qr rd ra',
      answers: [],
      authorities: [],
    }),
  );
});
