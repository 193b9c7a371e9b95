import { describe, expect, test } from 'vitest';
import { parseAddress } from '../wire/address.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameFromText, nameToText, nameToWire, readName, type Name } from '../wire/name.ts';
import { nameRdata, rdataToText, srvRdata } from '../wire/rdata.ts';
import type { RRset } from '../wire/records.ts';
import { answerRecords } from '../wire/splice.ts';
import { fixedSubtree, type Subtree } from './node.ts';
import { masterFile } from './presentation.ts';
import { Zone, type ZoneAnswer } from './zone.ts';
import { Zones } from './zones.ts';

const name = (text: string): Name => nameFromText(text)!;
const a = (...texts: string[]): RRset => ({ type: Type.A, ttl: 30, rdata: texts.map((text) => parseAddress(text)!) });
const cname = (target: string): RRset => ({ type: Type.CNAME, ttl: 30, rdata: [nameRdata(name(target))] });
const srv = (target: string): RRset => ({ type: Type.SRV, ttl: 30, rdata: [srvRdata(0, 100, 80, name(target))] });
const subtree = (apex: string, nodes: Record<string, RRset[]>): Subtree =>
  fixedSubtree(
    name(apex),
    Object.entries(nodes).map(([owner, rrsets]) => ({ name: name(owner), rrsets })),
  );

function zone(...subtrees: Subtree[]): Zone {
  const made = new Zone({
    apex: name('k.test'),
    soa: { mname: name('ns.dns.k.test'), rname: name('hostmaster.k.test'), refresh: 7200, retry: 1800, expire: 86400, minimum: 30 },
    soaTtl: 30,
    negativeTtl: 5,
    fallthrough: false,
  });
  made.replace([], [subtree('k.test', { 'k.test': [], 'svc.k.test': [] }), ...subtrees]);
  made.mark(7, 'live');
  return made;
}
const web = subtree('web.svc.k.test', {
  'web.svc.k.test': [a('10.0.0.1'), srv('web.svc.k.test')],
  '_tcp.web.svc.k.test': [],
  '_http._tcp.web.svc.k.test': [srv('web.svc.k.test')],
});

const shown = (owner: string, answer: ZoneAnswer | undefined): string[] | undefined =>
  answer && answerRecords(name(owner), answer, 0).map((record) => rdataToText(record.type, record.rdata));
const lookup = (made: Zone, owner: string, type: number): string[] | undefined => shown(owner, made.lookup(name(owner), type));

describe('lookup', () => {
  test.each<[string, number, string[] | undefined]>([
    ['web.svc.k.test', Type.A, ['10.0.0.1']],
    ['web.svc.k.test', Type.SRV, ['0 100 80 web.svc.k.test.']],
    ['_http._tcp.web.svc.k.test', Type.SRV, ['0 100 80 web.svc.k.test.']],
    ['web.svc.k.test', Type.AAAA, []],
    ['_tcp.web.svc.k.test', Type.SRV, []],
    ['svc.k.test', Type.A, []],
    ['absent.svc.k.test', Type.A, undefined],
    ['x.web.svc.k.test', Type.A, undefined],
    ['k.test', Type.SOA, ['ns.dns.k.test. hostmaster.k.test. 7 7200 1800 86400 30']],
    ['web.svc.k.test', Type.ANY, ['10.0.0.1', '0 100 80 web.svc.k.test.']],
    ['_tcp.web.svc.k.test', Type.ANY, []],
    ['absent.svc.k.test', Type.ANY, undefined],
  ])('%s type %i: %j', (owner, type, expected) => {
    const made = zone(web);
    expect(lookup(made, owner, type)).toEqual(expected);
    expect(lookup(made, owner, type)).toEqual(expected);
  });

  test('the second answer is the first one, prepared', () => {
    const made = zone(web);
    expect(made.lookup(web.apex, Type.A)).toBe(made.lookup(web.apex, Type.A));
    expect(made.lookup(web.apex, Type.AAAA)).toBe(made.lookup(web.apex, Type.AAAA));
  });

  test('SRV brings the addresses of its target along', () => {
    expect(zone(web).lookup(name('_http._tcp.web.svc.k.test'), Type.SRV)).toMatchObject({ answers: 1, additionals: 1 });
  });

  test('denials carry the SOA with the negative TTL (RFC 2308)', () => {
    const made = zone(web);
    for (const denial of [made.nonexistent(name('absent.svc.k.test')), made.noData(name('web.svc.k.test'))]) {
      expect(denial).toMatchObject({ authoritative: true, answers: 0, authorities: 1 });
      // Behind the owner's pointer: type, class, TTL.
      expect([...denial.body.subarray(2, 10)]).toEqual([0, Type.SOA, 0, 1, 0, 0, 0, 5]);
    }
  });
});

test('denials of names as long as the nameserver name its nameserver, not themselves', () => {
  const made = zone(subtree('ns.dns.k.test', { 'ns.dns.k.test': [] }));
  for (const owner of ['ns.dns.k.test', 'ab.cde.k.test', 'x.hostmaster.k.test', 'x.abcdefghij.k.test']) {
    for (const denial of [made.noData(name(owner)), made.nonexistent(name(owner))]) {
      const message = Buffer.concat([new Uint8Array(12), nameToWire(name(owner)), new Uint8Array(4), denial.body]);
      const rdataAt = 12 + owner.length + 2 + 4 + 2 + 10;
      const mname = readName(message, rdataAt)!;
      expect([nameToText(mname.name), nameToText(readName(message, mname.end)!.name)]).toEqual(['ns.dns.k.test.', 'hostmaster.k.test.']);
    }
  }
});

test('questions of every type do not fill the memory: of those it does not have, a name has one answer', () => {
  const made = zone(web);
  const first = [Type.A, Type.SRV].map((type) => made.lookup(web.apex, type));
  for (const owner of ['web.svc.k.test', 'svc.k.test'])
    for (let type = 2; type <= 0xffff; type++) {
      const answer = made.lookup(name(owner), type);
      if (type > 1000 && answer !== made.noData(name(owner))) expect.unreachable();
    }
  expect([Type.A, Type.SRV].map((type) => made.lookup(web.apex, type))).toEqual(first);
  expect(made.lookup(web.apex, Type.A)).toBe(first[0]);
  expect(lookup(made, 'web.svc.k.test', Type.ANY)).toHaveLength(2);
});

test('neither do questions for every name of a pattern: all is dropped, and made again', () => {
  const any: Subtree = { apex: name('pod.k.test'), nodeAt: (owner) => ({ name: owner, rrsets: [a('10.0.0.1')] }), nodes: () => [] };
  const made = zone(web, any);
  const first = made.lookup(web.apex, Type.A);
  for (let i = 0; i < 50_000; i++) made.lookup(name(`x${i}.pod.k.test`), Type.A);
  const again = made.lookup(web.apex, Type.A);
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});

describe('change', () => {
  test('what is replaced answers anew, what is removed is gone, its prepared names with it', () => {
    const made = zone(web);
    lookup(made, 'web.svc.k.test', Type.A);
    lookup(made, '_http._tcp.web.svc.k.test', Type.SRV);
    made.replace([], [subtree('web.svc.k.test', { 'web.svc.k.test': [a('10.0.0.2')] })]);
    expect(lookup(made, 'web.svc.k.test', Type.A)).toEqual(['10.0.0.2']);
    expect(lookup(made, '_http._tcp.web.svc.k.test', Type.SRV)).toBeUndefined();
    made.replace([web.apex], []);
    expect(lookup(made, 'web.svc.k.test', Type.A)).toBeUndefined();
  });

  test('touched names are made anew from the subtree that stands', () => {
    let address = '10.0.0.1';
    const node = (): ReturnType<Subtree['nodeAt']> => ({ name: web.apex, rrsets: [a(address)] });
    const made = zone({ apex: web.apex, nodeAt: node, nodes: () => [] });
    lookup(made, 'web.svc.k.test', Type.A);
    address = '10.0.0.9';
    expect(lookup(made, 'web.svc.k.test', Type.A)).toEqual(['10.0.0.1']);
    made.replace([], [], [web.apex]);
    expect(lookup(made, 'web.svc.k.test', Type.A)).toEqual(['10.0.0.9']);
  });

  test('the serial shows in the SOA and in every denial', () => {
    const made = zone(web);
    const before = made.noData(web.apex).body;
    lookup(made, 'k.test', Type.SOA);
    made.mark(8, 'live');
    expect(lookup(made, 'k.test', Type.SOA)![0]).toContain(' 8 7200');
    expect(made.noData(web.apex).body).not.toEqual(before);
    expect(lookup(made, 'web.svc.k.test', Type.AAAA)).toEqual([]);
    expect(made.lookup(web.apex, Type.AAAA)!.body).toEqual(made.noData(web.apex).body);
  });

  test('stale answers say so (RFC 8914), and stop saying so', () => {
    const made = zone(web);
    made.mark(7, 'stale');
    expect(made.lookup(web.apex, Type.A)!.extendedError!.code).toBe(ExtendedError.STALE_ANSWER);
    expect(made.nonexistent(name('no.k.test')).extendedError!.code).toBe(ExtendedError.STALE_NXDOMAIN_ANSWER);
    made.mark(7, 'live');
    expect(made.lookup(web.apex, Type.A)!.extendedError).toBeUndefined();
  });
});

describe('aliases', () => {
  const alias = (owner: string, target: string): Subtree => subtree(`${owner}.svc.k.test`, { [`${owner}.svc.k.test`]: [cname(target)] });

  test('are followed in the zone, and anew after any change', () => {
    const made = zone(web, alias('two', 'one.svc.k.test'), alias('one', 'web.svc.k.test'));
    expect(lookup(made, 'two.svc.k.test', Type.A)).toEqual(['one.svc.k.test.', 'web.svc.k.test.', '10.0.0.1']);
    expect(lookup(made, 'two.svc.k.test', Type.CNAME)).toEqual(['one.svc.k.test.']);
    made.replace([], [subtree('web.svc.k.test', { 'web.svc.k.test': [a('10.0.0.2')] })]);
    expect(lookup(made, 'two.svc.k.test', Type.A)).toEqual(['one.svc.k.test.', 'web.svc.k.test.', '10.0.0.2']);
  });

  const back = 'CNAME chain leads back to itself';
  test.each([
    ['to nothing', [alias('one', 'absent.svc.k.test')], undefined],
    ['to a name without such addresses', [alias('one', 'svc.k.test')], undefined],
    ['to itself', [alias('one', 'one.svc.k.test')], back],
    ['in a circle', [alias('one', 'two.svc.k.test'), alias('two', 'one.svc.k.test')], back],
    ['into a circle', [alias('one', 'two.svc.k.test'), alias('two', 'three.svc.k.test'), alias('three', 'two.svc.k.test')], back],
  ])('%s: NODATA', (_, subtrees, text) => {
    const answer = zone(...subtrees).lookup(name('one.svc.k.test'), Type.A);
    expect(answer).toMatchObject({ rcode: Rcode.NOERROR, answers: 0, authorities: 1 });
    expect(answer?.extendedError?.text).toBe(text);
  });

  test('out of the zone: the target is named for who asks elsewhere', () => {
    const answer = zone(alias('one', 'www.example.test')).lookup(name('one.svc.k.test'), Type.A)!;
    expect(answer.outside).toBe(name('www.example.test'));
    expect(shown('one.svc.k.test', answer)).toEqual(['www.example.test.']);
  });

  test('at most 16 links', () => {
    const chain = (links: number): Subtree[] =>
      Array.from({ length: links }, (_, i) => alias(`c${i}`, i === links - 1 ? 'web.svc.k.test' : `c${i + 1}.svc.k.test`));
    expect(lookup(zone(web, ...chain(16)), 'c0.svc.k.test', Type.A)).toHaveLength(17);
    const answer = zone(web, ...chain(17)).lookup(name('c0.svc.k.test'), Type.A);
    expect(answer).toMatchObject({ answers: 0, extendedError: { text: 'CNAME chain longer than 16' } });
  });

  test('other types are NODATA, as CoreDNS has it', () => {
    expect(lookup(zone(alias('one', 'www.example.test')), 'one.svc.k.test', Type.TXT)).toEqual([]);
  });
});

test('the nearest zone has the name', () => {
  const outer = zone();
  const inner = new Zone({ ...{ soa: {} as never, soaTtl: 1, negativeTtl: 1, fallthrough: true }, apex: name('in.k.test') });
  const zones = new Zones([outer, inner]);
  expect(zones.find(name('a.in.k.test'))).toBe(inner);
  expect(zones.find(name('a.k.test'))).toBe(outer);
  expect(zones.find(name('k.test.other'))).toBeUndefined();
});

test('a zone as a master file', () => {
  expect([...masterFile(zone(web))]).toEqual([
    '; zone k.test. serial 7',
    'k.test.\t30\tIN\tSOA\tns.dns.k.test. hostmaster.k.test. 7 7200 1800 86400 30',
    '_http._tcp.web.svc.k.test.\t30\tIN\tSRV\t0 100 80 web.svc.k.test.',
    'web.svc.k.test.\t30\tIN\tA\t10.0.0.1',
    'web.svc.k.test.\t30\tIN\tSRV\t0 100 80 web.svc.k.test.',
  ]);
});
