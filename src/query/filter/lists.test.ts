import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameToText } from '../../wire/name.ts';
import { rdataToText } from '../../wire/rdata.ts';
import { typeName } from '../../wire/iana.ts';
import { formatPrefix } from '../prefixes.ts';
import { Action, actionNames } from './action.ts';
import { readNameListLine } from './name-list.ts';
import type { PolicySink } from './policy-builder.ts';
import { RpzReader } from './rpz.ts';

/** Records each call as one line. */
function recorder(): PolicySink & { said: string[] } {
  const said: string[] = [];
  const records = (rrset?: { type: number; ttl: number; rdata: readonly Uint8Array[] }): string =>
    rrset === undefined
      ? ''
      : ` ${rrset.ttl} ${typeName(rrset.type)} ${rrset.rdata.map((rdata) => rdataToText(rrset.type, rdata)).join(' ')}`;
  return {
    said,
    addName: (owner, below, action, rrset) =>
      said.push(`${below ? '*.' : ''}${nameToText(owner)} ${actionNames[action]!}${records(rrset)}`),
    addPrefix: (prefix, action, rrset) => said.push(`${formatPrefix(prefix)} ${actionNames[action]!}${records(rrset)}`),
    skip: (line, reason) => said.push(`line ${line}: ${reason}`),
  };
}

test.each([
  ['0.0.0.0 ads.example', ['ads.example. nxdomain']],
  ['127.0.0.1\tAds.Example tracker.example # why', ['ads.example. nxdomain', 'tracker.example. nxdomain']],
  ['::1 ads.example\r', ['ads.example. nxdomain']],
  ...['::', '::0', '0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0:1'].map((address): [string, string[]] => [
    `${address} ads.example`,
    ['ads.example. nxdomain'],
  ]),
  ['ads.example', ['ads.example. nxdomain']],
  ['*.ads.example', ['*.ads.example. nxdomain']],
  ['127.0.0.1 localhost', []],
  ['255.255.255.255 broadcasthost', []],
  ['fe80::1%lo0 localhost', []],
  ['ff02::1 ip6-allnodes', []],
  ['10.0.0.1', ['line 7: 10.0.0.1 is an address that a blocklist does not point at']],
  ['ff02::1 ip6-allnodes ads.example', ['line 7: ff02::1 is an address that a blocklist does not point at']],
  ['# comment', []],
  ['! comment', []],
  ['   ', []],
  ['10.0.0.1 ads.example', ['line 7: 10.0.0.1 is an address that a blocklist does not point at']],
  ['ads.example other.example', ['line 7: neither one name, nor an address and names']],
  ['a..example', ['line 7: "a..example" is no domain name']],
  ['bücher.example', ['line 7: "bücher.example" is no domain name, such as xn--bcher-kva.example']],
  ['||ads.example^', ['line 7: "||ads.example^" is no domain name']],
  ['1e100.example', ['1e100.example. nxdomain']],
])("a blocklist's line %j", (text, expected) => {
  const sink = recorder();
  readNameListLine(text, 7, Action.nxdomain, sink);
  expect(sink.said).toEqual(expected);
});

describe('a response policy zone', () => {
  const read = (text: string): string[] => {
    const sink = recorder();
    const reader = new RpzReader(sink);
    text.split('\n').forEach((line, index) => reader.read(line, index + 1));
    reader.end();
    return sink.said;
  };

  test('actions and triggers', () => {
    const text = `$TTL 300
@ IN SOA localhost. root.localhost. (
      1 ; serial
      3600 600 86400 60 )
  IN NS localhost.
bad.example        CNAME .
*.bad.example      IN CNAME .
empty.example 60   CNAME *.
good.bad.example   CNAME rpz-passthru.
drop.example       CNAME rpz-drop.
tcp.example        CNAME rpz-tcp-only.
garden.example 1h IN CNAME walled.garden.example.
*.garden.example   CNAME *.walled.garden.example.
local.example      A 192.0.2.1
                   A 192.0.2.2
                   AAAA 2001:db8::1
                   TXT "blocked; see" policy\\032page
                   MX 10 mail.example.
24.0.2.0.192.rpz-ip      CNAME .
128.1.zz.db8.2001.rpz-ip CNAME rpz-drop.
48.zz.5.db8.2001.rpz-ip  A 192.0.2.9
`;
    expect(read(text)).toEqual([
      'bad.example. nxdomain',
      '*.bad.example. nxdomain',
      'empty.example. nodata',
      'good.bad.example. passthru',
      'drop.example. drop',
      'tcp.example. tcpOnly',
      'garden.example. local 3600 CNAME walled.garden.example.',
      '*.garden.example. local 300 CNAME *.walled.garden.example.',
      'local.example. local 300 A 192.0.2.1',
      'local.example. local 300 A 192.0.2.2',
      'local.example. local 300 AAAA 2001:db8::1',
      'local.example. local 300 TXT "blocked; see" "policy page"',
      expect.stringMatching(/^local.example. local 300 MX /),
      '192.0.2.0/24 nxdomain',
      '2001:db8::1/128 drop',
      '2001:db8:5::/48 local 300 A 192.0.2.9',
    ]);
  });

  test.each([
    ['$ORIGIN rpz.test.\n@ SOA a. b. 1 1 1 1 1\nbad.example CNAME .', ['bad.example. nxdomain']],
    ['$origin rpz.test.\n$ttl 5\n@ SOA a. b. 1 1 1 1 1\nbad.example A 192.0.2.1', ['bad.example. local 5 A 192.0.2.1']],
    // Without $TTL and a TTL of the SOA, its minimum, whatever TTL another record has; else the TTL last stated.
    [
      '@ SOA a. b. (1 1 1 1 2h\n)\nx A 192.0.2.1\ny 60 A 192.0.2.1\nz A 192.0.2.1',
      ['x. local 7200 A 192.0.2.1', 'y. local 60 A 192.0.2.1', 'z. local 7200 A 192.0.2.1'],
    ],
    [
      '@ 300 SOA a. b. 1 1 1 1 2h\nx A 192.0.2.1\ny 60 A 192.0.2.1\nz A 192.0.2.1',
      ['x. local 300 A 192.0.2.1', 'y. local 60 A 192.0.2.1', 'z. local 60 A 192.0.2.1'],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\nx 2147483647 A 192.0.2.1\ny 2147483648 A 192.0.2.1',
      ['x. local 2147483647 A 192.0.2.1', 'y. local 0 A 192.0.2.1'],
    ],
    [
      'rpz.test. SOA a. b. 1 1 1 1 1\n@ NS a.\nbad.example CNAME .\n24.0.2.0.192.rpz-ip CNAME .',
      ['bad.example. nxdomain', '192.0.2.0/24 nxdomain'],
    ],
    ['$ORIGIN .\nrpz.test SOA a. b. 1 1 1 1 1\n$ORIGIN rpz.test.\nbad.example CNAME .', ['bad.example. nxdomain']],
    ['@ SOA a. b. 1 1 1 1 1\n$GENERATE 1-3/2 h$.example CNAME .', ['h1.example. nxdomain', 'h3.example. nxdomain']],
    [
      '@ SOA a. b. 1 1 1 1 1\n$generate 9-10 ${0,3,d}-$$.x 60 A 192.0.2.${-8}',
      ['009-\\$.x. local 60 A 192.0.2.1', '010-\\$.x. local 60 A 192.0.2.2'],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\n$GENERATE 10-11 ${5,4,x}.x SRV "1 2 $ h$.x."',
      ['000f.x. local 1 SRV 1 2 10 h10.x.', '0010.x. local 1 SRV 1 2 11 h11.x.'],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\n$GENERATE 1-99999999 h$ CNAME .',
      ['line 2: $GENERATE 1-99999999 would make 99999999 records; up to 65536 are right'],
    ],
    [
      '$GENERATE 5-1 h$ CNAME .',
      ['line 1: $GENERATE is to be followed by a range, an owner, a type and data, such as: $GENERATE 1-5 host$ CNAME .'],
    ],
    ['@ SOA a. b. 1 1 1 1 1\nx RRSIG CNAME 8 1 60 1 1 1 a. AAAA\nx CNAME .\nx NSEC y. CNAME', ['x. nxdomain']],
    ['@ SOA a. b. 1 1 1 1 1\nx NS ns.example.', ['x. local 1 NS ns.example.']],
    ['rpz.test. 60 IN SOA a. b. 1 1 1 1 1\nbad.example.rpz.test. CNAME .', ['bad.example. nxdomain']],
    ['@ SOA a. b. 1 1 1 1 1\nold.example CNAME old.example.', ['old.example. passthru']],
    ['@ SOA a. b. 1 1 1 1 1\n24.0.2.0.192.rpz-ip CNAME 24.0.2.0.192.', ['192.0.2.0/24 passthru']],
    ['@ SOA a. b. 1 1 1 1 1\n*.old.example CNAME *.old.example.', ['*.old.example. local 1 CNAME *.old.example.']],
    ['@ SOA a. b. 1 1 1 1 1\n* CNAME .', ['*.. nxdomain']],
    ['$ORIGIN rpz.test.\n@ SOA a. b. 1 1 1 1 1\nbad.example. CNAME .', ['line 3: bad.example. is not in the zone rpz.test.']],
    [
      '@ SOA a. b. 1 1 1 1 1\nbad.example. CNAME .',
      ['line 2: bad.example. is a full name, and the zone has no name: leave out the last dot, or write $ORIGIN above the SOA'],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\n$ORIGIN rpz.test.\nbad.example CNAME .',
      ['line 3: bad.example.rpz.test. is a full name, and the zone has no name: leave out the last dot, or write $ORIGIN above the SOA'],
    ],
    ['@ SOA a. b. 1 1 1 1 1\n24.1.2.0.192.rpz-ip CNAME .', ['line 2: 24.1.2.0.192 is no prefix, such as 24.0.2.0.192 or 48.zz.db8.2001']],
    ['@ SOA a. b. 1 1 1 1 1\n8.0.0.0.10.rpz-client-ip CNAME .', ['line 2: the trigger rpz-client-ip is not known here']],
    [
      '@ SOA a. b. 1 1 1 1 1\nx A 1.2.3',
      ['line 2: the data of the A record is not right, or of a type not read here; the name is answered without it', 'x. local 1 A '],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\nx CNAME .\ny TXT ( "a"\n "b"\nbad.example CNAME .',
      ['x. nxdomain', 'line 3: a parenthesis is not closed: what follows is left out'],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\nx TXT "a" "b\ny TXT "a \\" b"',
      [
        'line 2: the data of the TXT record is not right, or of a type not read here; the name is answered without it',
        'x. local 1 TXT ',
        'y. local 1 TXT "a \\" b"',
      ],
    ],
    ['@ SOA a. b. ( 1 1 1 1 1\nbad.example CNAME .', ['line 1: a parenthesis is not closed: what follows is left out']],
    ['@ SOA a. b. 1 1 1 1 1\nx FOO 1', ['line 2: "FOO" is no record type']],
    ['@ SOA a. b. 1 1 1 1 1\nx TYPE65280 \\# 2 abcd', ['x. local 1 TYPE65280 \\# 2 abcd']],
    ['@ SOA a. b. 1 1 1 1 1\nx CNAME \\# 1 00', ['x. nxdomain']],
    [
      '@ SOA a. b. 1 1 1 1 1\nx CNAME \\# 0\n24.0.2.0.192.rpz-ip CNAME \\# 2 0178\ny MX \\# 2 0001\nz TXT \\# 2 0561',
      [
        'line 2: the data of the CNAME record is not right, or of a type not read here',
        'line 3: the data of the CNAME record is not right, or of a type not read here',
        'line 4: the data of the MX record is not right, or of a type not read here; the name is answered without it',
        'y. local 1 MX ',
        'line 5: the data of the TXT record is not right, or of a type not read here; the name is answered without it',
        'z. local 1 TXT ',
      ],
    ],
    [
      '@ SOA a. b. 1 1 1 1 1\nx LOC 51 30 12.748 N 0 7 39.611 W 0.00m',
      ['line 2: the data of the LOC record is not right, or of a type not read here; the name is answered without it', 'x. local 1 LOC '],
    ],
    ['$include other', ['line 1: $INCLUDE is not known here']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('anything at all is read without an exception', () => {
    const piece = fc.constantFrom(
      '@',
      '$ORIGIN',
      '$TTL',
      '$GENERATE',
      '1-3',
      'HTTPS',
      'alpn=',
      'SOA',
      'CNAME',
      '.',
      '*.',
      'a',
      '(',
      ')',
      '"',
      '\\',
      ';',
      ' ',
      '\t',
      '\n',
      'rpz-ip',
      '24.0.2.0.192',
      'TXT',
      'A',
      '1',
    );
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => void read(pieces.join(' '))));
  });
});
