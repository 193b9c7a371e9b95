import { describe, expect, test } from 'vitest';
import { acl, compileAcl } from '../../src/query/acl/acl.ts';
import { followAliases } from '../../src/query/aliases.ts';
import { authority } from '../../src/query/authority.ts';
import { autopath } from '../../src/query/autopath.ts';
import { valueOf } from '../../src/query/compiled.ts';
import { rebindingJudge, rebindProtection } from '../../src/query/filter/rebinding.ts';
import type { Handler } from '../../src/query/handler.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { namespaceViews } from '../../src/query/views/views.ts';
import { emptyAnswer, Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, rcodeName, Type } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, nameToWire } from '../../src/wire/name.ts';
import { BodyWriter } from '../../src/wire/records.ts';
import { Zones } from '../../src/zone/zones.ts';
import { asked } from '../../test/fakes/asked.ts';
import { servedCluster } from '../../test/fakes/cluster-zones.ts';
import { service } from '../../test/fakes/slim.ts';
import { pipeline, without, type Stages } from './pipeline.ts';

const zone = nameFromText('cluster.local')!;
const { publisher, zones } = servedCluster();
publisher.store.services.replace([
  ...['team-a/web', 'team-b/db', 'shared/db'].map((key) => service(key, { clusterIPs: ['10.96.0.1'] })),
  service('team-a/out', { kind: 'externalName', externalName: 'www.blocked.test' }),
  service('team-a/private', { kind: 'externalName', externalName: 'printer.corp.test' }),
  service('team-a/round', { kind: 'externalName', externalName: 'evil.corp.test' }),
  service('team-a/peek', { kind: 'externalName', externalName: 'api.team-b.svc.cluster.local' }),
  service('team-a/back', { kind: 'externalName', externalName: 'peep.team-a.svc.cluster.local' }),
  service('team-a/peep', { kind: 'externalName', externalName: 'db.team-b.svc.cluster.local' }),
  service('team-b/api', { kind: 'externalName', externalName: 'www.test' }),
]);
publisher.flush();

const names: readonly (keyof Stages)[] = [
  'clientRate',
  'rateLimit',
  'autopath',
  'aliases',
  'acl',
  'chaos',
  'transfer',
  'views',
  'authority',
  'forwardAllow',
  'any',
  'filter',
  'hosts',
  'specialNames',
  'rebind',
  'filterAaaa',
  'cache',
  'forwardShare',
];
const none = Object.fromEntries(names.map((name) => [name, without])) as unknown as Stages;

function searching(stages: Partial<Stages>): Handler {
  const absent: Handler = () => emptyAnswer(Rcode.NXDOMAIN, Source.forward);
  return pipeline({ ...none, autopath: autopath([zone]), authority: authority(new Zones(zones.all), 'hinfo'), ...stages }, absent);
}

/** Returns the RCODEs for a pod of team-a, whose search list begins with its namespace. */
const rcodes = (handler: Handler, questions: readonly string[]): string[] =>
  questions.map((question) => rcodeName((handler(asked(question)) as Answer).rcode));

describe('a search path is walked by the rules that hold for names asked one by one', () => {
  const questions = ['db.team-b', 'db.shared', 'web.team-a'].map((text) => `${text}.team-a.svc.cluster.local`);

  test('without rules every Service is found', () => {
    expect(rcodes(searching({}), questions)).toEqual(['NOERROR', 'NOERROR', 'NOERROR']);
  });

  test('not one of a hidden namespace', () => {
    const rules = valueOf(compileViews(['* sees own,shared']));
    const views = namespaceViews({ rules, zones: [zone], namespaceOf: () => 'team-a' });
    expect(rcodes(searching({ views }), questions)).toEqual(['NXDOMAIN', 'NOERROR', 'NOERROR']);
  });

  test.each([
    ['refuse', 'NXDOMAIN', 0],
    ['nxdomain', 'NXDOMAIN', 0],
    ['nodata', 'NOERROR', 1],
    ['drop', 'NXDOMAIN', 0],
  ])('not one that an access rule keeps back: %s', (action, rcode, answers) => {
    const rules = valueOf(compileAcl([`${action} name team-b.svc.cluster.local`], [zone]));
    const [kept, ...found] = questions.map((question) => searching({ acl: acl(rules, [zone]) })(asked(question)) as Answer);
    expect([rcodeName(kept!.rcode), kept!.answers]).toEqual([rcode, answers]);
    expect(found.map(({ answers }) => answers)).toEqual([2, 2]);
  });
});

describe('a name that an alias leads to is judged as one asked for', () => {
  /** Private and public addresses, and a zone whose nameserver answers with a CNAME into ours. */
  const upstreams: Handler = ({ name, type }) => {
    const text = nameToText(name);
    const body = new BodyWriter(name);
    if (!text.startsWith('evil')) {
      const address = text.startsWith('printer') ? Uint8Array.of(10, 1, 2, 3) : Uint8Array.of(192, 0, 2, 1);
      return Promise.resolve(body.add('answers', name, Type.A, 60, address).answer(Rcode.NOERROR, false, Source.forward));
    }
    const target = nameToWire(nameFromText(text.startsWith('evil.') ? 'web.team-a.svc.cluster.local' : 'db.team-b.svc.cluster.local')!);
    const alias = body.add('answers', name, Type.CNAME, 60, target).answer(Rcode.NOERROR, false, Source.forward);
    return { ...alias, leadsOn: type === Type.A };
  };
  const judge = rebindingJudge([nameFromText('allowed.test')!]);
  const rules = valueOf(compileAcl(['nxdomain name blocked.test'], [zone]));
  const stages: Partial<Stages> = {
    acl: acl(rules, [zone]),
    aliases: followAliases(judge),
    rebind: rebindProtection(judge),
    views: namespaceViews({ rules: valueOf(compileViews(['* sees own'])), zones: [zone], namespaceOf: () => 'team-a' }),
    authority: authority(new Zones(zones.all), 'hinfo'),
  };
  const handler = pipeline({ ...none, ...stages }, upstreams);

  test.each([
    ['www.blocked.test', 'NXDOMAIN 0'],
    ['out.team-a.svc.cluster.local', 'NOERROR 1'],
    ['printer.corp.test', 'REFUSED 0'],
    ['private.team-a.svc.cluster.local', 'REFUSED 0'],
    ['web.team-a.svc.cluster.local', 'NOERROR 1'],
    ['evil.corp.test', 'REFUSED 0'],
    ['evil.allowed.test', 'NOERROR 2'],
    ['round.team-a.svc.cluster.local', 'REFUSED 0'],
    ['evil2.allowed.test', 'NXDOMAIN 1'],
    ['peek.team-a.svc.cluster.local', 'NOERROR 0'],
  ])('%s: %s', async (name, expected) => {
    const { rcode, answers } = (await handler(asked(name))) as Answer;
    expect(`${rcodeName(rcode)} ${answers}`).toBe(expected);
  });
});

describe('an alias of our zones shows nothing that an access rule keeps back', () => {
  const PEEP = 'peep.team-a.svc.cluster.local';
  test.each([
    ['refuse name db.team-b.svc.cluster.local', PEEP, 'A', 'REFUSED 0'],
    ['refuse name db.team-b.svc.cluster.local', PEEP, 'CNAME', 'NOERROR 1'],
    ['refuse name db.team-b.svc.cluster.local type AAAA', PEEP, 'A', 'NOERROR 2'],
    ['refuse from 192.0.2.0/24 name db.team-b.svc.cluster.local', PEEP, 'A', 'NOERROR 2'],
    ['nodata name db.team-b.svc.cluster.local', PEEP, 'A', 'NOERROR 0'],
    ['nxdomain name db.team-b.svc.cluster.local', 'back.team-a.svc.cluster.local', 'A', 'NOERROR 0'],
    ['refuse name peep.team-a.svc.cluster.local', 'back.team-a.svc.cluster.local', 'A', 'REFUSED 0'],
    ['drop name db.team-b.svc.cluster.local', PEEP, 'A', undefined],
    ['refuse name www.test', 'api.team-b.svc.cluster.local', 'A', 'NOERROR 1'],
  ])('%s: %s %s is %s', (rule, name, type, expected) => {
    const stage = acl(valueOf(compileAcl([rule], [zone])), [zone]);
    const answer = searching({ acl: stage, autopath: without })(asked(name, type, { from: '10.1.2.3' })) as Answer | undefined;
    expect(answer && `${rcodeName(answer.rcode)} ${answer.answers}`).toBe(expected);
  });
});
