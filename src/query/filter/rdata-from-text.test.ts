import { expect, test } from 'vitest';
import { ROOT } from '../../wire/name.ts';
import { MasterFileReader } from './master-file.ts';

/** Returns the rdata of a record at the root, in hexadecimal. */
function read(text: string): string | undefined {
  const line = new MasterFileReader(ROOT).read(`@ ${text}`);
  return line && 'record' in line && line.record.rdata !== undefined ? Buffer.from(line.record.rdata).toString('hex') : undefined;
}

/** The expected rdata is what BIND 9.18 answers for the record. */
test.each([
  ['CAA 0 issue "ca.example"', '00 05 6973737565 63612e6578616d706c65'],
  ['caa 128 iodef mailto:a\\@b.c', '80 05 696f646566 6d61696c746f3a6140622e63'],
  ['DS 1 8 2 0123456789 ABCDEF', '0001 08 02 0123456789abcdef'],
  ['DNSKEY 257 3 8 AwEA AQ==', '0101 03 08 03010001'],
  ['TLSA 3 1 1 abcd ef', '03 01 01 abcdef'],
  ['SSHFP 4 2 abcd', '04 02 abcd'],
  ['URI 10 1 "https://x/"', '000a 0001 68747470733a2f2f782f'],
  ['SPF "v=spf1" "all"', '06 763d73706631 03 616c6c'],
  ['TXT v=spf1 "a b"', '06 763d73706631 03 612062'],
  ['HINFO a "b c"', '01 61 03 622063'],
  ['NAPTR 10 20 "u" "sip+E2U" "" a.b.', '000a 0014 01 75 07 7369702b453255 00 0161016200'],
  ['RP a.b. c.d.', '0161016200 0163016400'],
  ['AFSDB 1 a.b.', '0001 0161016200'],
  ['KX 1 a.b.', '0001 0161016200'],
  ['SRV 1 2 3 a.', '0001 0002 0003 016100'],
  ['HTTPS 0 svc.example.', '0000 03737663076578616d706c6500'],
  ['HTTPS 1 . alpn=h2 ipv4hint=192.0.2.7', '0001 00 0001 0003 026832 0004 0004 c0000207'],
  ['TYPE65 \\# 10 0001 00 0001 0003 026832', '0001 00 0001 0003 026832'],
  ['TYPE65280 \\# 0', ''],
  ['TXT \\# 4 0161 0162', '0161 0162'],
  [
    'SVCB 1 svc.example. alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key667="a\\001b" no-default-alpn mandatory=alpn,port ech=AAEC',
    '0001 03737663076578616d706c6500 0000 0004 00010003 0001 0006 026832 026833 0002 0000 0003 0002 20fb 0004 0008 c0000201c0000202' +
      '0005 0003 000102 0006 0010 20010db8000000000000000000000001 029b 0003 610162',
  ],
  ['HTTPS 1 . mandatory=port,alpn alpn=h2 port=443', '0001 00 0000 0004 00010003 0001 0003 026832 0003 0002 01bb'],
])('%s', (text, hex) => expect(read(text)).toBe(hex.replaceAll(' ', '')));

/** As in BIND 9.18. */
test('without $TTL a record has the TTL last stated, and with it that of $TTL', () => {
  const reader = new MasterFileReader(ROOT);
  const lines = [
    '@ 60 SOA a b 1 1 1 1 1',
    'a A 192.0.2.1',
    'b 7 A 192.0.2.1',
    'b IN TXT c',
    '$TTL 1h',
    'd A 192.0.2.1',
    'e 8 A 192.0.2.1',
    'f A 192.0.2.1',
  ];
  const read = lines.map((line) => reader.read(line));
  expect(read.map((line) => line && 'record' in line && line.record.ttl)).toEqual([60, 60, 7, 7, undefined, 3600, 8, 3600]);
});

test.each([
  'CAA 256 issue "a"',
  'CAA 0 issue',
  'DS 1 8 2 012',
  'DNSKEY 257 3 8 A',
  'TLSA 3 1 1',
  'SPF',
  `TXT ${'a'.repeat(256)}`,
  'HINFO a b c',
  'HTTPS 1',
  'HTTPS 1 . port=65536',
  'HTTPS 1 . alpn=',
  'HTTPS 1 . alpn=h2 alpn=h3',
  'HTTPS 1 . what=1',
  'HTTPS 1 . ipv4hint=2001:db8::1',
  'HTTPS 1 . no-default-alpn=1',
  'HTTPS 1 . mandatory=alpn,alpn alpn=h2',
  'HTTPS 1 . mandatory=mandatory,alpn alpn=h2',
  'HTTPS 1 . mandatory=alpn,what alpn=h2',
  'MX a b.',
  'MX 1 a. b.',
  'TYPE65280 \\# 2 ab',
  'LOC 51 30 12.748 N 0 7 39.611 W 0.00m',
])('not right, or of a type not read here: %s', (text) => expect(read(text)).toBeUndefined());
