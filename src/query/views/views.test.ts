import { describe, expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { formatAddress } from '../../wire/address.ts';
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToWire, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { soaRdata } from '../../wire/rdata.ts';
import { BodyWriter } from '../../wire/records.ts';
import { answerRecords } from '../../wire/splice.ts';
import { valueOf } from '../compiled.ts';
import { compileViews, type ViewRule } from './view-rule.ts';
import { namespaceOfName, namespaceViews } from './views.ts';

const name = (text: string): Name => nameFromText(text)!;
const zone = name('cluster.local');
const pods: Readonly<Record<string, string>> = { '10.0.1.1': 'team-a', '10.0.2.1': 'team-b', '10.0.3.1': 'monitoring' };
const existing = ['team-a', 'team-b', 'monitoring', 'shared'];

/** A cluster with a Service db in each namespace, an ExternalName in team-a that leads to team-b's, and one address of two Services. */
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
  if (query.name.startsWith('\x03ext')) {
    const target = name('db.team-b.svc.cluster.local');
    body.add('answers', query.name, Type.CNAME, 30, nameToWire(target)).add('answers', target, Type.A, 30, Uint8Array.of(10, 96, 0, 2));
  } else body.add('answers', query.name, Type.A, 30, Uint8Array.of(10, 96, 0, 1));
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

test('a CNAME into a hidden namespace leads nowhere', () => {
  const ask = views(['* sees own', 'monitoring sees *']);
  expect(ask('ext.team-a.svc.cluster.local', 'A', '10.0.1.1').answers).toBe(1);
  expect(ask('ext.team-a.svc.cluster.local', 'A', '10.0.3.1').answers).toBe(2);
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
