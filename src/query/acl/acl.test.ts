import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asked, type Asked } from '../../../test/fakes/asked.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { isWithin, nameFromLabels, nameFromText, nameToWire, ROOT, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { BodyWriter } from '../../wire/records.ts';
import { parsePrefix, holdsAddress, prefixTable } from '../prefixes.ts';
import { valueOf } from '../compiled.ts';
import { acl, AclMatcher, compileAcl } from './acl.ts';
import { forwardAllow } from './forward-allow.ts';
import type { AclRule } from './acl-rule.ts';
import { rulesOn } from './rules-on.ts';

const name = (text: string): Name => nameFromText(text)!;
const zones = ['cluster.local', 'in-addr.arpa', 'deep.cluster.local'].map(name);
const passed = emptyAnswer(Rcode.NOERROR, Source.forward);

function rulesOf(lines: readonly string[]): readonly AclRule[] {
  return valueOf(compileAcl(lines, zones));
}

describe('what a query meets', () => {
  const rules = rulesOf([
    'allow from 10.1.2.3 name corp.example',
    'refuse from 10.1.0.0/16,fd00:1::/32 name corp.example type ANY,TXT',
    'drop from 192.0.2.0/24',
    'nodata name ads.example type AAAA',
    'nxdomain name ads.example,tracker.example',
    'refuse from 10.9.0.0/16 zone .',
    'nodata zone cluster.local from 10.8.0.0/16',
    'refuse type TYPE65280',
  ]);
  test.each<[string, string, Asked, number]>([
    ['www.corp.example', 'TXT', { from: '10.1.2.3' }, 0],
    ['www.corp.example', 'TXT', { from: '10.1.2.4' }, 1],
    ['CORP.example', 'ANY', { from: 'fd00:1:2::3' }, 1],
    ['www.corp.example', 'A', { from: '10.1.2.4' }, -1],
    ['notcorp.example', 'TXT', { from: '10.1.2.4' }, -1],
    ['corp.example', 'TXT', { from: 'fd00:2::3' }, -1],
    ['any.test', 'A', { from: '192.0.2.255' }, 2],
    ['any.test', 'A', { from: '192.0.3.0' }, -1],
    ['x.ads.example', 'AAAA', {}, 3],
    ['x.ads.example', 'A', {}, 4],
    ['tracker.example', 'AAAA', {}, 4],
    ['example', 'A', {}, -1],
    ['www.test', 'A', { from: '10.9.1.1' }, 5],
    ['svc.cluster.local', 'A', { from: '10.9.1.1' }, -1],
    ['svc.cluster.local', 'A', { from: '10.8.1.1' }, 6],
    ['svc.deep.cluster.local', 'A', { from: '10.8.1.1' }, -1],
    ['www.test', 'A', { from: '10.8.1.1' }, -1],
    ['www.test', 'TYPE65280', {}, 7],
  ])('%s %s from %o meets rule %i', (text, type, options, expected) => {
    const query = asked(text, type, options);
    expect(new AclMatcher(rules, zones).first(query)).toBe(expected);
    if (expected !== -1) expect(rulesOn(rules, zones, query.name, query.type)).toContain(expected);
  });
  test.each<[string, string, readonly number[]]>([
    ['www.corp.example', 'TXT', [0, 1, 2, 5]],
    ['x.ads.example', 'AAAA', [2, 3]],
    ['svc.cluster.local', 'A', [2, 6]],
    ['svc.deep.cluster.local', 'A', [2]],
    ['www.test', 'TYPE65280', [2, 5, 7]],
  ])('rules that have a say in %s %s: %j', (text, type, expected) => {
    const query = asked(text, type);
    expect(rulesOn(rules, zones, query.name, query.type)).toEqual(expected);
  });
});

test('names are written as in master files: what an escape takes for itself parts nothing', () => {
  const names = (rule: string): unknown => rulesOf([rule]).map((parsed) => parsed.names);
  const labels = (...all: string[]): Name => nameFromLabels(all)!;
  expect(names(String.raw`drop name a\,b.test,c\.d.test`)).toEqual([[labels('a,b', 'test'), labels('c.d', 'test')]]);
  expect(names(String.raw`drop name a\ b.test,c\044d.test type A`)).toEqual([[labels('a b', 'test'), labels('c,d', 'test')]]);
  expect(names(String.raw`drop name a\\,b.test`)).toEqual([[labels('a\\'), labels('b', 'test')]]);
  expect(compileAcl(['drop name a.test,b\\'], zones)).toMatchObject({
    errors: [{ problem: expect.stringContaining('"b\\" is no domain name') as string }],
  });
});

test('types by any name of theirs', () => {
  const types = rulesOf(['drop type NULL,tlsa,SSHFP,URI,LOC,CDS,SPF,RP,NSEC3PARAM,NSAP-PTR,TYPE65535']).map((rule) => rule.types);
  expect(types).toEqual([[10, 52, 44, 256, 29, 59, 99, 17, 51, 23, 65535]]);
});

test('each action has its answer, and the observer hears of the rule', () => {
  const heard: string[] = [];
  const stage = acl(
    rulesOf(['allow name a.test', 'refuse name b.test', 'drop name c.test', 'nodata name d.test', 'nxdomain name e.test']),
    zones,
    {
      decided: (rule, action) => heard.push(`${rule} ${action}`),
    },
  )(() => passed);
  const outcome = (text: string): unknown => {
    const answer = stage(asked(text)) as typeof passed | undefined;
    return answer && [answer === passed, answer.rcode, answer.extendedError?.code];
  };
  expect(outcome('a.test')).toEqual([true, 0, undefined]);
  expect(outcome('b.test')).toEqual([false, Rcode.REFUSED, 18]);
  expect(outcome('c.test')).toBeUndefined();
  expect(outcome('d.test')).toEqual([false, Rcode.NOERROR, 18]);
  expect(outcome('e.test')).toEqual([false, Rcode.NXDOMAIN, 18]);
  expect(outcome('f.test')).toEqual([true, 0, undefined]);
  expect(heard).toEqual(['0 allow', '1 refuse', '2 drop', '3 nodata', '4 nxdomain']);
});

test('a rule that refuses the target of an alias of ours is told of; one that only allows it is not, beside that for the alias itself', () => {
  const heard: string[] = [];
  const observer = { decided: (rule: number, action: string) => void heard.push(`${rule} ${action}`) };
  const stage = acl(
    rulesOf(['refuse name secret.cluster.local', 'allow zone cluster.local']),
    zones,
    observer,
  )(({ name: owner }) => {
    const target = name(owner === name('a.cluster.local') ? 'b.cluster.local' : 'c.secret.cluster.local');
    const body = new BodyWriter(owner).add('answers', owner, Type.CNAME, 5, nameToWire(target));
    return body.add('answers', target, Type.A, 5, Uint8Array.of(10, 0, 0, 1)).answer(Rcode.NOERROR, true, Source.zone);
  });
  expect(stage(asked('a.cluster.local'))).toMatchObject({ rcode: Rcode.NOERROR, answers: 2 });
  expect(stage(asked('x.cluster.local'))).toMatchObject({ rcode: Rcode.REFUSED });
  expect(heard).toEqual(['1 allow', '1 allow', '0 refuse']);
});

test('of the targets of an alias of ours those in our zones are judged here, the one outside when it is asked for', () => {
  const stage = acl(
    rulesOf(['refuse name secret.cluster.local,www.example']),
    zones,
  )(({ name: owner }) => {
    const chain = [
      owner,
      ...(owner === name('a.cluster.local') ? ['c.secret.cluster.local'] : ['b.cluster.local']).map(name),
      name('www.example'),
    ];
    const body = new BodyWriter(owner);
    for (const [index, target] of chain.slice(1).entries()) body.add('answers', chain[index]!, Type.CNAME, 5, nameToWire(target));
    return { ...body.answer(Rcode.NOERROR, true, Source.zone), leadsOn: true };
  });
  expect(stage(asked('a.cluster.local'))).toMatchObject({ rcode: Rcode.REFUSED });
  expect(stage(asked('x.cluster.local'))).toMatchObject({ rcode: Rcode.NOERROR, answers: 2, leadsOn: true });
});

test('without rules the stage is not there', () => {
  const next = (): typeof passed => passed;
  expect(acl([], zones)(next)).toBe(next);
});

test('all bad rules are refused at once, each with what would be right', () => {
  const compiled = compileAcl(
    [
      'block from 10.0.0.0/8',
      'refuse from 10.1.2.3/16,10.0.0.0/33',
      'drop nmae a.test',
      'drop type FOO',
      'drop zone corp.example',
      'drop name',
      'nxdomain name *.ads.example',
      'allow',
      'drop name bücher.example',
    ],
    zones,
  );
  expect('errors' in compiled && compiled.errors.map(({ option, problem }) => `${option} ${problem}`)).toEqual([
    'acl rule 1 "block from 10.0.0.0/8": "block" is no action; begin with allow, refuse, drop, nodata or nxdomain',
    'acl rule 2 "refuse from 10.1.2.3/16,10.0.0.0/33": "10.1.2.3/16" has bits set behind its length; 10.1.0.0/16 would be right, or a longer length',
    'acl rule 2 "refuse from 10.1.2.3/16,10.0.0.0/33": "10.0.0.0/33" is no address prefix, such as 10.1.0.0/16 or fd00:1::/32',
    'acl rule 3 "drop nmae a.test": "nmae" is none of from, zone, name and type; the form is ACTION [from PREFIX,…] [zone ZONE,…] [name NAME,…] [type TYPE,…]',
    'acl rule 4 "drop type FOO": "FOO" is no type; a mnemonic such as AAAA, or TYPE65280, would be right',
    'acl rule 5 "drop zone corp.example": "corp.example" is no zone served here; for names that end so write "name corp.example", and "zone ." for every name outside our zones',
    'acl rule 6 "drop name": "name" has no value behind it, or an empty one',
    'acl rule 7 "nxdomain name *.ads.example": "*.ads.example" would hold for names with a label "*" only; write "name ads.example", which holds for all names below it too',
    'acl rule 9 "drop name bücher.example": "bücher.example" is no domain name, such as corp.example or xn--bcher-kva.example',
  ]);
});

/** The reference: tries the rules one by one, slow but obviously right. */
function scan(rules: readonly AclRule[], query: Query): number {
  const zone = zones.filter((apex) => isWithin(query.name, apex)).sort((a, b) => b.length - a.length)[0] ?? ROOT;
  return rules.findIndex(
    (rule) =>
      (rule.from.length === 0 || rule.from.some((prefix) => holdsAddress(prefixTable([[prefix, 0]]), query.client.address))) &&
      (rule.zones.length === 0 || rule.zones.includes(zone)) &&
      (rule.names.length === 0 || rule.names.some((suffix) => isWithin(query.name, suffix))) &&
      (rule.types.length === 0 || rule.types.includes(query.type)),
  );
}

test('the compiled rules say what trying them one by one says', () => {
  const some = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values], { maxLength: 2 });
  const prefixes = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/23', '10.1.2.3/32', '::/0', 'fd00::/8', 'fd00::1/128'].map((text) =>
    parsePrefix(text)!,
  );
  const names = ['.', 'test', 'a.test', 'b.a.test', 'cluster.local', 'x.deep.cluster.local'].map(name);
  const rule = fc.record({
    action: fc.constant('refuse' as const),
    from: some(prefixes),
    zones: some([ROOT, ...zones]),
    names: some(names),
    types: some([1, 28]),
  });
  const query = fc
    .tuple(
      fc.constantFrom('a.test', 'c.b.a.test', 'ba.test', 'cluster.local', 'y.x.deep.cluster.local', 'x.cluster.local', '.'),
      fc.constantFrom('A', 'AAAA', 'TXT'),
      fc.constantFrom('10.1.2.3', '10.1.3.3', '10.1.4.3', '10.2.0.1', '11.0.0.1', 'fd00::1', 'fe80::1'),
    )
    .map(([text, type, from]) => asked(text, type, { from }));
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 12 }), fc.array(query, { minLength: 1, maxLength: 8 }), (rules, queries) => {
      const matcher = new AclMatcher(rules, zones);
      for (const one of queries) expect(matcher.first(one)).toBe(scan(rules, one));
    }),
  );
});

test.each([
  ['10.2.3.4', true],
  ['100.64.0.1', true],
  ['100.128.0.1', false],
  ['8.8.8.8', false],
  ['fd12::1', true],
  ['2001:db8::1', false],
])('a question of %s for an outside name goes on: %s', (from, allowed) => {
  let refusals = 0;
  const stage = forwardAllow(['10.0.0.0/8', '100.64.0.0/10', 'fc00::/7'], { refused: () => refusals++ })(() => passed);
  const answer = stage(asked('www.example', 'A', { from })) as typeof passed;
  expect([answer.rcode, answer.extendedError?.code, refusals]).toEqual(allowed ? [0, undefined, 0] : [Rcode.REFUSED, 18, 1]);
});
