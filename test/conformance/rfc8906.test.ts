/** RFC 8906 section 8: how a server must respond to unusual queries; the queries are those of the RFC. */
import { describe, expect, test } from 'vitest';
import { EdnsOption, Rcode, Type } from '../../src/wire/iana.ts';
import { DO, opt, type Asked } from './message.ts';
import { serveRecorded, transports } from './served.ts';

const served = serveRecorded(['--nsid', 'here']);
const name = 'cluster.local';
const soa = { name, type: Type.SOA, flags: 0 };
const unknown = [100, Buffer.alloc(0)] as const;
/** The options that dig sends with +nsid, +cookie, +expire and +subnet=0.0.0.0/0. */
const defined = [
  [EdnsOption.NSID, Buffer.alloc(0)],
  [EdnsOption.COOKIE, Buffer.alloc(8, 7)],
  [9, Buffer.alloc(0)],
  [EdnsOption.CLIENT_SUBNET, Buffer.from([0, 1, 0, 0])],
] as const;

const found = {
  rcode: Rcode.NOERROR,
  flags: 'qr aa ra',
  answers: [[`${name}.`, expect.any(Number), 'SOA', expect.anything()] as unknown[]],
};
const noEdns = { edns: undefined };
const badVersion = { rcode: Rcode.BADVERS, answers: [], edns: expect.objectContaining({ version: 0, flags: 0 }) as unknown };
const withEdns = (flags = 0): object => ({ edns: expect.objectContaining({ version: 0, flags }) as unknown });

const rows: readonly (readonly [section: string, says: string, asked: Asked, expected: object])[] = [
  ['8.1.1', 'it serves the zone', soa, { ...found, ...noEdns }],
  ['8.1.2', 'an unknown type', { ...soa, type: 1000 }, { rcode: Rcode.NOERROR, answers: [], flags: 'qr aa ra', ...noEdns }],
  ['8.1.3.1', 'CD', { ...soa, flags: 0x10 }, { ...found, flags: 'qr aa ra cd', ...noEdns }],
  ['8.1.3.2', 'AD', { ...soa, flags: 0x20 }, { ...found, ...noEdns }],
  ['8.1.3.3', 'the reserved bit', { ...soa, flags: 0x40 }, { ...found, ...noEdns }],
  ['8.1.3.4', 'RD', { ...soa, flags: 0x100 }, { ...found, flags: 'qr aa rd ra', ...noEdns }],
  ['8.1.4', 'opcode 15', { ...soa, flags: 15 << 11 }, { rcode: Rcode.NOTIMP, opcode: 15, answers: [], ...noEdns }],
  ['8.2.1', 'EDNS', { ...soa, edns: [opt()] }, { ...found, ...withEdns() }],
  ['8.2.2', 'EDNS version 1', { ...soa, edns: [opt({ version: 1 })] }, badVersion],
  [
    '8.2.3',
    'an unknown option',
    { ...soa, edns: [opt({ options: [unknown] })] },
    { ...found, edns: expect.objectContaining({ options: {} }) as unknown },
  ],
  ['8.2.4', 'an unknown flag', { ...soa, edns: [opt({ flags: 0x40 })] }, { ...found, ...withEdns() }],
  ['8.2.5', 'version 1 and an unknown flag', { ...soa, edns: [opt({ version: 1, flags: 0x40 })] }, badVersion],
  ['8.2.6', 'version 1 and an unknown option', { ...soa, edns: [opt({ version: 1, options: [unknown] })] }, badVersion],
  [
    '8.2.7',
    'DO and 512 octets',
    { name, type: Type.DNSKEY, flags: 0, edns: [opt({ size: 512, flags: DO })] },
    { rcode: Rcode.NOERROR, ...withEdns(DO) },
  ],
  ['8.2.8', 'DO', { ...soa, edns: [opt({ flags: DO })] }, { ...found, ...withEdns(DO) }],
  ['8.2.9', 'version 1 and DO', { ...soa, edns: [opt({ version: 1, flags: DO })] }, { rcode: Rcode.BADVERS, answers: [] }],
  ['8.2.10', 'many defined options', { ...soa, edns: [opt({ options: defined })] }, { ...found, ...withEdns() }],
];

describe.each(transports)('over %s', (transport) => {
  test.each(rows)('%s: %s', async (_section, _says, asked, expected) => {
    expect(await served.ask(asked, transport)).toMatchObject(expected);
  });
});

test('8.2.10: and the options asked for are there', async () => {
  const { edns } = await served.ask({ ...soa, edns: [opt({ options: defined })] });
  expect(Object.keys(edns!.options).map(Number)).toEqual([EdnsOption.NSID, EdnsOption.COOKIE]);
});
