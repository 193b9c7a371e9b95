/** RFC 6891: EDNS. */
import { describe, expect, test } from 'vitest';
import { Rcode, Type } from '../../src/wire/iana.ts';
import { DO, message, nameOctets, opt, type Asked, type Opt, type Response } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded();
const name = 'web.shop.svc.cluster.local';
const wide = 'wide.media.svc.cluster.local';
const unknown = [65_001, Buffer.from('abcd')] as const;
const plain = { size: 1232, version: 0, flags: 0, options: {} };

type Row = readonly [says: string, asked: Asked, expected: Partial<Response>];
const answered = { rcode: Rcode.NOERROR, flags: 'qr aa rd ra' };
const badVersion = { rcode: Rcode.BADVERS, answers: [], authorities: [], edns: plain };

const rows: readonly Row[] = [
  ['6.1.1: OPT is answered with OPT', { name, edns: [opt()] }, { ...answered, edns: plain }],
  ['6.1.1, 7: and its absence with its absence', { name }, { ...answered, edns: undefined }],
  ['6.1.1: also where the name is not there', { name: 'no.cluster.local', edns: [opt()] }, { rcode: Rcode.NXDOMAIN, edns: plain }],
  ['6.1.1: also from upstreams', { name: 'www.example.test', edns: [opt()] }, { rcode: Rcode.NOERROR, edns: plain }],
  ['6.1.1: and not, where the upstream said it and the client did not ask', { name: 'www.example.test' }, { edns: undefined }],
  ['6.1.2: an option nobody knows is ignored', { name, edns: [opt({ options: [unknown] })] }, { ...answered, edns: plain }],
  ['6.1.2: many of them too', { name, edns: [opt({ options: Array.from({ length: 50 }, () => unknown) })] }, { ...answered, edns: plain }],
  ['6.1.2: an empty one too', { name, edns: [opt({ options: [[65_002, Buffer.alloc(0)]] })] }, { ...answered, edns: plain }],
  ['6.1.3: version 1 is BADVERS, and ours is told', { name, edns: [opt({ version: 1 })] }, badVersion],
  ['6.1.3: version 255 too', { name, edns: [opt({ version: 255, options: [unknown] })] }, badVersion],
  ['6.1.3: before the name is looked for', { name: 'no.cluster.local', edns: [opt({ version: 1 })] }, badVersion],
  ['6.1.4: DO is given back', { name, edns: [opt({ flags: DO })] }, { ...answered, edns: { ...plain, flags: DO } }],
  ['6.1.4: other flags are ignored, and 0 in the answer', { name, edns: [opt({ flags: 0x7fff })] }, { ...answered, edns: plain }],
];

const malformed: readonly (readonly [says: string, asked: Asked | Buffer])[] = [
  ['6.1.1: two OPT records', { name, edns: [opt(), opt()] }],
  ['6.1.2: an owner that is not the root', { name, edns: [opt({ owner: nameOctets('x') })] }],
  ['6.1.2: half an option', { name, edns: [opt({ rdata: Buffer.from([0xfd, 0xe9, 0]) })] }],
  ['6.1.2: an option longer than its record', { name, edns: [opt({ rdata: Buffer.from([0xfd, 0xe9, 0, 9, 1]) })] }],
  ['6.1.2: a record longer than the message', message({ name, edns: [opt({ options: [unknown] })] }).subarray(0, -2)],
  ['6.1.1: OPT outside the additional section', { name, edns: [opt()], counts: [1, 1, 0, 0] }],
];

describe.each(transports)('over %s', (transport) => {
  test.each(rows)('%s', async (_, asked, expected) => expect(await served.ask(asked, transport)).toMatchObject(expected));
  test.each(malformed)('%s is malformed', async (_, asked) => expect((await served.ask(asked, transport)).rcode).toBe(Rcode.FORMERR));
});

test.each<[says: string, Opt, most: number]>([
  ['6.2.3: less than 512 means 512', { size: 0 }, 512],
  ['6.2.3: 511 too', { size: 511 }, 512],
  ['6.2.3: 512', { size: 512 }, 512],
  ['6.2.3: what the client says', { size: 900 }, 900],
  ['6.2.4: never more than what fits any path', { size: 4096 }, 1232],
  ['6.2.4: however much it says', { size: 65_535 }, 1232],
])('%s', async (_, said, most) => {
  const { flags, length, edns, answers } = await served.ask({ name: wide, edns: [opt(said)] });
  expect(flags).toBe('qr aa tc rd ra');
  expect(length).toBeLessThanOrEqual(most);
  // As many records as fit: a compressed A record takes 16 octets.
  expect(length).toBeGreaterThan(most - 16);
  expect(answers.length).toBeGreaterThan(20);
  expect(edns).toEqual(plain);
});

test('6.2.3: the size is of no matter over TCP', async () => {
  const { flags, answers } = await served.ask({ name: wide, edns: [opt({ size: 512 })] }, 'tcp');
  expect([flags, answers.length]).toEqual(['qr aa rd ra', 100]);
});

test('records of the query beside OPT are passed over', async () => {
  // IXFR and TSIG queries carry such records.
  const other = Buffer.concat([nameOctets('key'), Buffer.from('00fa00ff00000000000200ff', 'hex')]);
  expect(await served.ask({ name, type: Type.A, edns: [opt(), other] })).toMatchObject({ ...answered, edns: plain });
});
