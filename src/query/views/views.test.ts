import { describe, expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { servedCluster } from '../../../test/fakes/cluster-zones.ts';
import { service } from '../../../test/fakes/slim.ts';
import { formatAddress } from '../../wire/address.ts';
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToText, nameToWire, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { soaRdata } from '../../wire/rdata.ts';
import { BodyWriter } from '../../wire/records.ts';
import { answerRecords } from '../../wire/splice.ts';
import { Zones } from '../../zone/zones.ts';
import { followAliases } from '../aliases.ts';
import { authority } from '../authority.ts';
import { valueOf } from '../compiled.ts';
import type { Handler } from '../handler.ts';
import { compileViews, type ViewRule } from './view-rule.ts';
import { namespaceOfName } from './place.ts';
import { namespaceViews } from './views.ts';

const name = (text: string): Name => nameFromText(text)!;
const zone = name('cluster.local');
const pods: Readonly<Record<string, string>> = { '10.0.1.1': 'team-a', '10.0.2.1': 'team-b', '10.0.3.1': 'monitoring' };
const existing = ['team-a', 'team-b', 'monitoring', 'shared'];

/** A cluster with a Service db in each namespace, and one address with PTR records for two Services. */
function cluster(query: Query): Answer {
  const place = namespaceOfName(query.name, zone);
  const body = new BodyWriter(query.name);
  if (query.type === Type.PTR) {
    for (const target of ['db.team-a.svc.cluster.local', 'db.team-b.svc.cluster.local'])
      body.add('answers', query.name, Type.PTR, 30, nameToWire(name(target)));
    return body.answer(Rcode.NOERROR, true, Source.zone);
  }
  if (place !== undefined && !existing.includes(place.namespace)) {
    const soa = soaRdata({ mname: zone, rname: zone, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 });
    return body.add('authorities', zone, Type.SOA, 5, soa).answer(Rcode.NXDOMAIN, true, Source.zone);
  }
  body.add('answers', query.name, Type.A, 30, Uint8Array.of(10, 96, 0, 1));
  return body.answer(Rcode.NOERROR, true, Source.zone);
}

function views(lines: readonly string[], heard: string[] = []): (text: string, type: string, from: string) => Answer {
  const handler = namespaceViews(
    { rules: valueOf(compileViews(lines)), zones: [zone], namespaceOf: (address) => pods[formatAddress(address)] },
    { hidden: (client, namespace) => heard.push(`${client ?? '?'} ${namespace}`) },
  )(cluster);
  return (text, type, from) => handler(asked(text, type, { from })) as Answer;
}

describe('what a client sees', () => {
  const ask = views(['* sees own,shared', 'monitoring sees *', '? sees shared']);
  test.each([
    ['db.team-a.svc.cluster.local', '10.0.1.1', true],
    ['db.team-b.svc.cluster.local', '10.0.1.1', false],
    ['DB.Team-B.svc.cluster.local', '10.0.1.1', false],
    ['_sql._tcp.db.team-b.svc.cluster.local', '10.0.1.1', false],
    ['10-0-2-1.team-b.pod.cluster.local', '10.0.1.1', false],
    ['team-b.svc.cluster.local', '10.0.1.1', false],
    ['db.shared.svc.cluster.local', '10.0.1.1', true],
    ['db.team-b.svc.cluster.local', '10.0.3.1', true],
    ['db.shared.svc.cluster.local', '192.0.2.1', true],
    ['db.team-a.svc.cluster.local', '192.0.2.1', false],
    ['svc.cluster.local', '192.0.2.1', true],
    ['cluster.local', '192.0.2.1', true],
    ['dns-version.cluster.local', '192.0.2.1', true],
    ['team-b.svc.example', '10.0.1.1', true],
  ])('%s asked from %s: %s', (text, from, seen) => {
    expect(ask(text, 'A', from).rcode).toBe(seen ? Rcode.NOERROR : Rcode.NXDOMAIN);
  });
});

test('a hidden name is answered as an absent one, octet for octet', () => {
  const heard: string[] = [];
  const ask = views(['* sees own'], heard);
  const hidden = ask('db.team-b.svc.cluster.local', 'A', '10.0.1.1');
  expect(hidden).toEqual(cluster(asked('db.team-x.svc.cluster.local')));
  expect(heard).toEqual(['team-a team-b']);
});

test('a PTR to a hidden name is left out, and an address with no other does not exist', () => {
  const targets = (answer: Answer): string[] =>
    answerRecords(name('2.0.96.10.in-addr.arpa'), answer, 0).map((record) => Buffer.from(record.rdata).toString('latin1'));
  const ask = views(['* sees own', '? sees shared']);
  const answer = ask('2.0.96.10.in-addr.arpa', 'PTR', '10.0.1.1');
  expect(targets(answer)).toEqual([name('db.team-a.svc.cluster.local')]);
  expect(ask('2.0.96.10.in-addr.arpa', 'PTR', '192.0.2.1').rcode).toBe(Rcode.NXDOMAIN);
  expect(ask('2.0.96.10.in-addr.arpa', 'PTR', '192.0.2.1').answers).toBe(0);
});

test('a PTR of a hosts file tells a hidden name no more than one of the cluster', () => {
  const question = asked('9.0.0.10.in-addr.arpa', 'PTR', { from: '10.0.1.1' });
  const body = new BodyWriter(question.name);
  for (const target of ['db.team-b.svc.cluster.local', 'db.corp.example'])
    body.add('answers', question.name, Type.PTR, 60, nameToWire(name(target)));
  const found = body.answer(Rcode.NOERROR, true, Source.hosts);
  const rules: readonly ViewRule[] = [{ clients: ['*'], sees: ['own'] }];
  const handler = namespaceViews({ rules, zones: [zone], namespaceOf: (address) => pods[formatAddress(address)] })(() => found);
  const answer = handler(question) as Answer;
  expect(answerRecords(question.name, answer, 0).map(({ rdata }) => Buffer.from(rdata).toString('latin1'))).toEqual([
    name('db.corp.example'),
  ]);
  expect(answer.source).toBe(Source.hosts);
});

describe('an ExternalName that leads into a hidden namespace', () => {
  const { publisher, zones } = servedCluster();
  const externalName = (path: string, target: string) => service(path, { kind: 'externalName', externalName: target });
  const leads: Readonly<Record<string, string>> = {
    absent: 'nosuch.team-b.svc.cluster.local',
    exists: 'db.team-b.svc.cluster.local',
    headless: 'empty.team-b.svc.cluster.local',
    out: 'vendor.team-b.svc.cluster.local',
    failing: 'down.team-b.svc.cluster.local',
    dropped: 'drop.team-b.svc.cluster.local',
    round: 'back.team-b.svc.cluster.local',
    twice: 'exists.team-a.svc.cluster.local',
    // Chains through nothing hidden; keep these two last.
    own: 'db.team-a.svc.cluster.local',
    vendor: 'www.vendor.example',
  };
  publisher.store.services.replace([
    service('team-a/db', { clusterIPs: ['10.96.0.1'] }),
    service('team-b/db', { clusterIPs: ['10.96.0.2'] }),
    service('team-b/empty', { kind: 'headless' }),
    externalName('team-b/vendor', 'www.vendor.example'),
    externalName('team-b/down', 'down.vendor.example'),
    externalName('team-b/drop', 'drop.vendor.example'),
    externalName('team-b/back', 'db.team-a.svc.cluster.local'),
    ...Object.entries(leads).map(([from, to]) => externalName(`team-a/${from}`, to)),
  ]);
  publisher.flush();

  const outside: Handler = ({ name: asked }) => {
    const text = nameToText(asked);
    if (text.startsWith('drop.')) return undefined;
    if (text.startsWith('down.')) return emptyAnswer(Rcode.SERVFAIL, Source.forward);
    return new BodyWriter(asked).add('answers', asked, Type.A, 60, Uint8Array.of(192, 0, 2, 1)).answer(Rcode.NOERROR, false, Source.cache);
  };
  const rejects: Handler = () => Promise.reject(new Error('no upstream'));
  const later: Handler = (query) => Promise.resolve(outside(query));
  const rules: readonly ViewRule[] = [{ clients: ['*'], sees: ['own'] }];
  const ask = (upstream: Handler, label: string, type: string): ReturnType<Handler> => {
    const stage = namespaceViews({ rules, zones: [zone], namespaceOf: () => 'team-a' });
    const handler = followAliases()(stage(authority(new Zones(zones.all), 'hinfo')(upstream)));
    return handler(asked(`${label}.team-a.svc.cluster.local`, type));
  };
  const hidden = Object.keys(leads).slice(0, -2);

  test.for(hidden.flatMap((label) => ['A', 'AAAA'].flatMap((type) => [outside, later, rejects].map((how) => [label, type, how] as const))))(
    '%s %s is answered at once as one that leads nowhere',
    ([label, type, how]) => {
      expect(ask(how, label, type)).toEqual(zones.forward.noData(name(`${label}.team-a.svc.cluster.local`)));
    },
  );

  test.for(['own', 'vendor'])('%s: and others lead on', async (label) => {
    for (const how of [outside, later]) expect(await ask(how, label, 'A')).toMatchObject({ rcode: Rcode.NOERROR, answers: 2 });
  });

  test('to who asks for the alias itself it is shown: its own namespace made it', () => {
    for (const label of ['absent', 'exists']) expect(ask(outside, label, 'CNAME')).toMatchObject({ answers: 1 });
  });
});

test('rules are refused with what would be right', () => {
  const compiled = compileViews(['team-a see own', 'Team-A sees own', 'a sees own,b_c', 'a,? sees *']);
  expect('errors' in compiled && compiled.errors.map(({ option, problem }) => `${option} ${problem}`)).toEqual([
    'namespace-views rule 1 "team-a see own": the form is NAMESPACE,… sees NAMESPACE,…, such as "team-a sees own,shared"',
    'namespace-views rule 2 "Team-A sees own": "Team-A" is no namespace, nor "*" for every pod or "?" for a client that is no known pod',
    'namespace-views rule 3 "a sees own,b_c": "b_c" is no namespace, nor "*" for every one or "own" for the client\'s',
  ]);
});

test('without rules the stage is not there; other sources pass untouched', () => {
  expect(namespaceViews({ rules: [], zones: [zone], namespaceOf: () => undefined })(cluster)).toBe(cluster);
  const rules: readonly ViewRule[] = [{ clients: ['*'], sees: ['own'] }];
  const outside = { ...emptyAnswer(Rcode.NOERROR, Source.forward), answers: 1 };
  const handler = namespaceViews({ rules, zones: [zone], namespaceOf: () => undefined })(() => outside);
  expect(handler(asked('www.example'))).toBe(outside);
});
