/** RFC 1035: the message format, its limits, malformed queries, and messages that are not queries. */
import { describe, expect, test } from 'vitest';
import { Class, Opcode, Rcode, Type } from '../../src/wire/iana.ts';
import { message, nameOctets, RD, uint16s, type Asked, type Response } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();
const web = 'web.shop.svc.cluster.local';
const wide = 'wide.media.svc.cluster.local';
const label63 = 'a'.repeat(63);
/** A name of the maximum length, 255 octets on the wire: 240 of the first four labels, 14 of `cluster.local`, and 1 of the root. */
const longest = `${label63}.${label63}.${label63}.${'b'.repeat(47)}.cluster.local`;

type Row = readonly [says: string, asked: Asked, expected: Partial<Response>];

const header: readonly Row[] = [
  ['id 0 is given back', { id: 0, name: web }, { id: 0 }],
  ['id 65535 is given back', { id: 0xffff, name: web }, { id: 0xffff }],
  ['AA, RD, RA for our names', { name: web }, { flags: 'qr aa rd ra', rcode: Rcode.NOERROR }],
  ['no AA for the names of others', { name: 'www.example.test' }, { flags: 'qr rd ra', rcode: Rcode.NOERROR }],
  ['AA, TC, RA and QR of the query mean nothing', { name: web, flags: RD | 0x0680 }, { flags: 'qr aa rd ra', rcode: Rcode.NOERROR }],
  ['an RCODE in the query means nothing', { name: web, flags: RD | 0xf }, { flags: 'qr aa rd ra', rcode: Rcode.NOERROR }],
  ...[Opcode.IQUERY, Opcode.STATUS, 3, Opcode.NOTIFY, Opcode.UPDATE, 6, 15].map((opcode): Row => [
    `opcode ${opcode} is not implemented, and given back`,
    { name: web, flags: RD | (opcode << 11) },
    { rcode: Rcode.NOTIMP, opcode, answers: [] },
  ]),
];

const names: readonly Row[] = [
  ['a label of 63 octets', { name: `${label63}.cluster.local` }, { rcode: Rcode.NXDOMAIN }],
  ['a name of 255 octets', { name: longest }, { rcode: Rcode.NXDOMAIN, question: { name: `${longest}.`, type: Type.A, class: Class.IN } }],
  ['a name of 256 octets', { name: `b${longest}`.replace('ba', `b.a`).slice(0) }, { rcode: Rcode.FORMERR }],
  ['a label of 64 octets', { name: octets([64, ...Buffer.alloc(64, 97)], 'cluster.local') }, { rcode: Rcode.FORMERR }],
  ['a label type of 0x80', { name: octets([0x81, 97], 'cluster.local') }, { rcode: Rcode.FORMERR }],
  ['a pointer to itself', { name: Buffer.from([0xc0, 0x0c]) }, { rcode: Rcode.FORMERR }],
  ['a pointer into the header', { name: Buffer.from([1, 97, 0xc0, 0x04]) }, { rcode: Rcode.FORMERR }],
  ['the root', { name: '.', type: Type.NS }, { rcode: Rcode.NXDOMAIN, flags: 'qr rd ra' }],
];

const broken: readonly (readonly [says: string, packet: Buffer])[] = [
  ['a question that ends in its name', message({ name: web }).subarray(0, 20)],
  ['a question that ends before its class', message({ name: web }).subarray(0, -1)],
  ['a header alone that promises a question', message({ name: web }).subarray(0, 12)],
  ['octets behind the question', message({ name: web, behind: Buffer.from('junk') })],
  ['a record promised and not there', message({ name: web, counts: [1, 0, 0, 1] })],
  [
    'a record longer than the message',
    message({ name: web, counts: [1, 1, 0, 0], behind: Buffer.concat([nameOctets('a'), uint16s(1, 1, 0, 30, 400)]) }),
  ],
];

describe.each(transports)('over %s', (transport) => {
  test.each(header)('4.1.1: %s', async (_, asked, expected) => expect(await served.ask(asked, transport)).toMatchObject(expected));
  test.each(names)('3.1, 4.1.2, 4.1.4: %s', async (_, asked, expected) =>
    expect(await served.ask(asked, transport)).toMatchObject(expected),
  );
  test.each(broken)('7.3, malformed: %s', async (_, packet) =>
    expect(await served.ask(packet, transport)).toMatchObject({ id: 4711, rcode: Rcode.FORMERR, answers: [], authorities: [] }),
  );
});

test.each([
  ['a response', message({ name: web, flags: 0x8180 })],
  ['a response of another opcode', message({ name: web, flags: 0xa000 })],
  ['an empty packet', Buffer.alloc(0)],
  ['one octet', Buffer.from([1])],
  ['11 octets', message({ name: web }).subarray(0, 11)],
])('4.1.1, 7.3: %s is never answered', async (_, packet) => expect(await served.isSilentAt(packet)).toBe(true));

test('4.2.1: over UDP without EDNS 512 octets are the most, whole records, TC set', async () => {
  const { flags, length, answers } = await served.ask({ name: wide });
  expect(flags).toBe('qr aa tc rd ra');
  expect(length).toBeLessThanOrEqual(512);
  expect(length).toBeGreaterThan(480);
  expect(answers).toHaveLength(29);
});

test('4.2.2: over TCP all of it is there', async () => {
  const { flags, answers } = await served.ask({ name: wide }, 'tcp');
  expect(flags).toBe('qr aa rd ra');
  expect(answers).toHaveLength(100);
});

test.each([Class.CH, Class.NONE, Class.ANY, 0, 4])('3.2.4: class %i is not served', async (number) => {
  expect(await served.ask({ name: web, class: number })).toMatchObject({ rcode: Rcode.REFUSED, answers: [] });
});

test.each([Type.MAILB, Type.MAILA, 3, 4])('3.2.3: type %i of a name that is there is NODATA', async (type) => {
  expect(await served.ask({ name: web, type })).toMatchObject({
    rcode: Rcode.NOERROR,
    answers: [],
    authorities: [['cluster.local.', 5, 'SOA', expect.anything()]],
  });
});

function octets(first: readonly number[], rest: string): Buffer {
  return Buffer.concat([Buffer.from(first), nameOctets(rest)]);
}
