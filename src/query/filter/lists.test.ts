import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../wire/address.ts';
import { nameFromText, nameToText, parentOf, type Name } from '../../wire/name.ts';
import { rdataToText } from '../../wire/rdata.ts';
import { typeName } from '../../wire/iana.ts';
import { formatPrefix } from '../prefixes.ts';
import { Action, actionNames } from './action.ts';
import { readNameListLine } from './name-list.ts';
import { Policies } from './policies.ts';
import { PolicyBuilder, type PolicySink } from './policy-builder.ts';
import { RpzReader } from './rpz.ts';

const name = (text: string): Name => nameFromText(text)!;

/** Writes down what it is told, one line each. */
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
  ['ads.example', ['ads.example. nxdomain']],
  ['*.ads.example', ['*.ads.example. nxdomain']],
  ['127.0.0.1 localhost', []],
  ['# comment', []],
  ['! comment', []],
  ['   ', []],
  ['10.0.0.1 ads.example', ['line 7: 10.0.0.1 is an address that a blocklist does not point at']],
  ['ads.example other.example', ['line 7: neither one name, nor an address and names']],
  ['a..example', ['line 7: "a..example" is no domain name']],
  ['bücher.example', ['line 7: "bücher.example" is no domain name']],
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
    ['rpz.test. 60 IN SOA a. b. 1 1 1 1 1\nbad.example.rpz.test. CNAME .', ['bad.example. nxdomain']],
    ['@ SOA a. b. 1 1 1 1 1\nold.example CNAME old.example.', ['old.example. passthru']],
    ['@ SOA a. b. 1 1 1 1 1\n24.0.2.0.192.rpz-ip CNAME 24.0.2.0.192.', ['192.0.2.0/24 passthru']],
    ['@ SOA a. b. 1 1 1 1 1\n*.old.example CNAME *.old.example.', ['*.old.example. local 3600 CNAME *.old.example.']],
    ['@ SOA a. b. 1 1 1 1 1\n* CNAME .', ['*.. nxdomain']],
    ['$ORIGIN rpz.test.\n@ SOA a. b. 1 1 1 1 1\nbad.example. CNAME .', ['line 3: bad.example. is not in the zone rpz.test.']],
    ['@ SOA a. b. 1 1 1 1 1\n24.1.2.0.192.rpz-ip CNAME .', ['line 2: 24.1.2.0.192 is no prefix, such as 24.0.2.0.192 or 48.zz.db8.2001']],
    ['@ SOA a. b. 1 1 1 1 1\n8.0.0.0.10.rpz-client-ip CNAME .', ['line 2: the trigger rpz-client-ip is not known here']],
    ['@ SOA a. b. 1 1 1 1 1\nx A 1.2.3', ['line 2: the data of the A record is not right, or of a type not read here']],
    ['@ SOA a. b. 1 1 1 1 1\nx FOO 1', ['line 2: "FOO" is no record type']],
    ['@ SOA a. b. 1 1 1 1 1\nx TYPE65280 \\# 2 abcd', ['x. local 3600 TYPE65280 \\# 2 abcd']],
    ['@ SOA a. b. 1 1 1 1 1\nx CNAME \\# 1 00', ['x. nxdomain']],
    [
      '@ SOA a. b. 1 1 1 1 1\nx CNAME \\# 0\n24.0.2.0.192.rpz-ip CNAME \\# 2 0178\ny MX \\# 2 0001\nz TXT \\# 2 0561',
      [
        'line 2: the data of the CNAME record is not right, or of a type not read here',
        'line 3: the data of the CNAME record is not right, or of a type not read here',
        'line 4: the data of the MX record is not right, or of a type not read here',
        'line 5: the data of the TXT record is not right, or of a type not read here',
      ],
    ],
    ['$INCLUDE other', ['line 1: $INCLUDE is not known here']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('anything at all is read without an exception', () => {
    const piece = fc.constantFrom(
      '@',
      '$ORIGIN',
      '$TTL',
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

interface Rule {
  readonly list: number;
  readonly owner: Name;
  readonly below: boolean;
  readonly action: Action;
}

/** The rule of one list for a name, tried one by one; a zone's wildcard needs its own owner to be the nearest name that the zone has. */
function bestOf(rules: readonly Rule[], asked: Name, isZone: boolean): Rule | undefined {
  const within = (name: Name, apex: Name): boolean => name.endsWith(apex);
  const has = (name: Name): boolean => rules.some((one) => within(one.owner, name));
  const wildcards = rules.filter((one) => one.below && asked !== one.owner && within(asked, one.owner));
  const longest = wildcards.reduce<Rule | undefined>((a, b) => (a === undefined || b.owner.length > a.owner.length ? b : a), undefined);
  const own = rules.find((one) => !one.below && one.owner === asked);
  if (own !== undefined || longest === undefined || !isZone) return own ?? longest;
  for (let name = asked; name !== longest.owner; name = parentOf(name)) if (has(name)) return undefined;
  return longest;
}

describe('the table', () => {
  test('finds what the rules say, list by list, and nothing else', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const owner = fc.array(label, { minLength: 0, maxLength: 4 }).map((labels) => name(labels.join('.')));
    const rule = fc.record({
      list: fc.nat(2),
      owner,
      below: fc.boolean(),
      action: fc.constantFrom(Action.nxdomain, Action.nodata, Action.passthru),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 40 }), fc.array(owner, { minLength: 1, maxLength: 10 }), (rules, names) => {
        const builder = new PolicyBuilder();
        for (let list = 0; list <= 2; list++) {
          builder.beginList(`list ${list}`, list < 2);
          for (const one of rules) if (one.list === list) builder.addName(one.owner, one.below, one.action);
        }
        const policies = new Policies(builder.finish());
        for (const asked of names) {
          const best = [0, 1, 2]
            .map((list) =>
              bestOf(
                rules.filter((one) => one.list === list),
                asked,
                list < 2,
              ),
            )
            .find((one) => one !== undefined);
          const found = policies.forName(asked);
          expect(found && [found.list, found.action]).toEqual(best && [best.list, best.action]);
        }
      }),
    );
  });

  test('many names grow it, and each is found', () => {
    const builder = new PolicyBuilder();
    builder.beginList('many', false);
    const names = Array.from({ length: 50_000 }, (_, index) => name(`host${index}.example`));
    for (const one of names) builder.addName(one, false, Action.nxdomain);
    const data = builder.finish();
    const policies = new Policies(data);
    expect(data.lists).toEqual([{ name: 'many', rules: 50_000, skipped: 0, forAddresses: false, isZone: false }]);
    expect(names.every((one) => policies.forName(one)?.action === Action.nxdomain)).toBe(true);
    expect(names.some((one) => policies.forName(name(`x.${nameToText(one)}`)) !== undefined)).toBe(false);
    expect((data.pool.length + data.tags.length + data.slots.byteLength) / names.length).toBeLessThan(31);
  });

  test('what no answer holds of local data is left out', () => {
    const builder = new PolicyBuilder();
    builder.beginList('zone', true);
    for (let i = 0; i < 100_000; i++) {
      const rdata = [Uint8Array.of(10, i >> 16, i >> 8, i)];
      builder.addName(name('many.example'), false, Action.local, { type: i % 2 === 0 ? 1 : 1000 + (i & 0xfff), ttl: 60, rdata });
    }
    const { records } = new Policies(builder.finish()).forName(name('many.example'))!;
    expect(records.reduce((count, { rdata }) => count + rdata.length, 0)).toBe(4096);
  });

  test('the longest prefix of the first list that has one', () => {
    const builder = new PolicyBuilder();
    const add = (text: string, action: Action): void =>
      builder.addPrefix({ address: parseAddress(text.split('/')[0]!)!, length: Number(text.split('/')[1]) }, action);
    builder.beginList('first', true);
    add('10.0.0.0/8', Action.nxdomain);
    add('10.1.0.0/16', Action.nodata);
    builder.beginList('second', true);
    add('10.1.2.0/24', Action.drop);
    add('192.0.2.0/24', Action.drop);
    const policies = new Policies(builder.finish());
    const found = (text: string): unknown => policies.forAddress(parseAddress(text)!)?.action;
    expect(['10.2.0.1', '10.1.2.3', '192.0.2.1', '192.0.3.1'].map(found)).toEqual([Action.nxdomain, Action.nodata, Action.drop, undefined]);
  });

  test('a 257th list is too many', () => {
    const builder = new PolicyBuilder();
    for (let list = 0; list < 256; list++) builder.beginList(`${list}`, false);
    expect(() => builder.beginList('one more', false)).toThrow('one more: there are more than 256 lists; join some of them');
  });
});
