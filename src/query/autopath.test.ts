import { describe, expect, it } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type, typeName } from '../wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import { BodyWriter, type RRset } from '../wire/records.ts';
import { answerRecords } from '../wire/splice.ts';
import { fixedSubtree } from '../zone/node.ts';
import { Zone } from '../zone/zone.ts';
import { Zones } from '../zone/zones.ts';
import { authority } from './authority.ts';
import { autopath, searchedFor } from './autopath.ts';
import { compose, type Handler, type Outcome } from './handler.ts';

const name = (text: string): Name => nameFromText(text)!;
const a = (last: number, ttl = 30): RRset => ({ type: Type.A, ttl, rdata: [Uint8Array.of(10, 0, 0, last)] });

function cluster(): Zones {
  const apex = name('cluster.local');
  const zone = new Zone({
    apex,
    soa: { mname: name('ns.dns.cluster.local'), rname: name('hostmaster.cluster.local'), refresh: 1, retry: 1, expire: 1, minimum: 30 },
    soaTtl: 30,
    negativeTtl: 5,
    fallthrough: false,
  });
  const nodes: Record<string, RRset[]> = {
    'cluster.local': [],
    'svc.cluster.local': [],
    'ns.svc.cluster.local': [],
    'db.ns.svc.cluster.local': [a(1)],
    'db-0.db.ns.svc.cluster.local': [a(2)],
    'other.svc.cluster.local': [],
    'api.other.svc.cluster.local': [a(3)],
  };
  zone.replace(
    [],
    [
      fixedSubtree(
        apex,
        Object.entries(nodes).map(([owner, rrsets]) => ({ name: name(owner), rrsets })),
      ),
    ],
  );
  zone.mark(1, 'live');
  return new Zones([zone]);
}

/** What upstreams know; everything else is NXDOMAIN. */
const outside: Readonly<Record<string, () => Outcome>> = {
  'www.example.com. A': () =>
    new BodyWriter(name('www.example.com')).addRRset('answers', name('www.example.com'), a(9, 3)).answer(0, false, Source.forward),
  'www.example.com. AAAA': () => emptyAnswer(Rcode.NOERROR, Source.forward),
  'down.example.com. A': () => emptyAnswer(Rcode.SERVFAIL, Source.server),
};

function rig(later = false) {
  const told: string[] = [];
  let led = 0;
  const upstream: Handler = (query) => {
    const question = `${nameToText(query.name)} ${typeName(query.type)}`;
    told.push(question);
    const outcome = outside[question]?.() ?? emptyAnswer(Rcode.NXDOMAIN, Source.forward);
    return later ? Promise.resolve(outcome) : outcome;
  };
  return {
    told,
    led: () => led,
    handler: compose([autopath([name('cluster.local')], () => led++), authority(cluster(), 'hinfo')], upstream),
  };
}

const shown = (question: string, outcome: Outcome): string[] =>
  answerRecords(name(question), outcome!, 0).map(
    ({ owner, type, ttl, rdata }) => `${nameToText(owner)} ${ttl} ${typeName(type)} ${rdataToText(type, rdata)}`,
  );

describe('autopath', () => {
  it.each<[why: string, question: string, type: string, rcode: number, records: string[], told: string[]]>([
    [
      'an outside name',
      'www.example.com.ns.svc.cluster.local',
      'A',
      Rcode.NOERROR,
      ['www.example.com.ns.svc.cluster.local. 3 CNAME www.example.com.', 'www.example.com. 3 A 10.0.0.9'],
      ['www.example.com. A'],
    ],
    [
      'an outside name without that type',
      'www.example.com.ns.svc.cluster.local',
      'AAAA',
      Rcode.NOERROR,
      ['www.example.com.ns.svc.cluster.local. 5 CNAME www.example.com.'],
      ['www.example.com. AAAA'],
    ],
    [
      'a service of another namespace',
      'api.other.ns.svc.cluster.local',
      'A',
      Rcode.NOERROR,
      ['api.other.ns.svc.cluster.local. 5 CNAME api.other.svc.cluster.local.', 'api.other.svc.cluster.local. 30 A 10.0.0.3'],
      [],
    ],
    [
      'a name that is whole already',
      'api.other.svc.cluster.local.ns.svc.cluster.local',
      'A',
      Rcode.NOERROR,
      [
        'api.other.svc.cluster.local.ns.svc.cluster.local. 5 CNAME api.other.svc.cluster.local.',
        'api.other.svc.cluster.local. 30 A 10.0.0.3',
      ],
      [],
    ],
    ['a service that is there', 'db.ns.svc.cluster.local', 'A', Rcode.NOERROR, ['db.ns.svc.cluster.local. 30 A 10.0.0.1'], []],
    ['nothing found', 'gone.example.com.ns.svc.cluster.local', 'A', Rcode.NXDOMAIN, [], ['gone.example.com. A']],
    ['an upstream that fails', 'down.example.com.ns.svc.cluster.local', 'A', Rcode.NXDOMAIN, [], ['down.example.com. A']],
    ['a missing service is not told to the outside', 'gone.ns.svc.cluster.local', 'A', Rcode.NXDOMAIN, [], []],
    ['nor a missing endpoint of a service', 'db-1.db.ns.svc.cluster.local', 'A', Rcode.NXDOMAIN, [], []],
    ['another suffix of the zone', 'www.example.com.cluster.local', 'A', Rcode.NXDOMAIN, [], []],
    ['a missing namespace alone', 'gone.svc.cluster.local', 'A', Rcode.NXDOMAIN, [], []],
    ['a name outside the zone', 'www.example.com', 'A', Rcode.NOERROR, ['www.example.com. 3 A 10.0.0.9'], ['www.example.com. A']],
  ])('%s', async (_, question, type, rcode, records, told) => {
    for (const later of [false, true]) {
      const { handler, told: seen, led } = rig(later);
      const outcome = await handler(asked(question, type));
      expect(outcome?.rcode).toBe(rcode);
      expect(shown(question, outcome)).toEqual(records);
      expect(seen).toEqual(told);
      expect(led()).toBe(records[0]?.includes(' CNAME ') === true ? 1 : 0);
    }
  });

  it('gives back the original denial, with its SOA', () => {
    const { handler } = rig();
    const plain = compose([authority(cluster(), 'hinfo')], () => undefined);
    const question = asked('gone.example.com.ns.svc.cluster.local');
    const { body, authorities } = plain(question) as Answer;
    expect(handler(question)).toMatchObject({ rcode: Rcode.NXDOMAIN, authorities });
    expect((handler(question) as Answer).body).toEqual(body);
  });
});

it.each([
  [
    'www.example.com.ns.svc.cluster.local',
    Type.A,
    ['www.example.com.svc.cluster.local.', 'www.example.com.cluster.local.', 'www.example.com.'],
  ],
  ['www.example.com.ns.svc.cluster.local', Type.SOA, []],
  ['gone.ns.svc.cluster.local', Type.A, ['gone.svc.cluster.local.', 'gone.cluster.local.']],
  ['gone.svc.cluster.local', Type.A, []],
  ['svc.cluster.local', Type.A, []],
  ['www.example.com', Type.A, []],
])('the names searched for when %s is missing', (question, type, names) => {
  expect(searchedFor(name(question), type, name('cluster.local')).map(nameToText)).toEqual(names);
});

describe('without it', () => {
  it.each([
    'www.example.com.ns.svc.cluster.local',
    'www.example.com.svc.cluster.local',
    'www.example.com.cluster.local',
    // On some clouds the node's own search domains appear below the cluster's domain.
    'www.example.com.corp.cluster.local',
    'www.example.com.eu-west-1.compute.internal.cluster.local',
  ])('%s dies in the zone', (question) => {
    const told: Name[] = [];
    const handler = compose([authority(cluster(), 'hinfo')], (query) => {
      told.push(query.name);
      return undefined;
    });
    expect(handler(asked(question))).toMatchObject({ rcode: Rcode.NXDOMAIN, source: Source.zone });
    expect(told).toEqual([]);
  });
});
