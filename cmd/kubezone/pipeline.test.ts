import { describe, expect, test } from 'vitest';
import { acl, compileAcl } from '../../src/query/acl/acl.ts';
import { authority } from '../../src/query/authority.ts';
import { autopath } from '../../src/query/autopath.ts';
import { valueOf } from '../../src/query/compiled.ts';
import type { Handler } from '../../src/query/handler.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { namespaceViews } from '../../src/query/views/views.ts';
import { emptyAnswer, Source, type Answer } from '../../src/wire/answer.ts';
import { Rcode, rcodeName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { Zones } from '../../src/zone/zones.ts';
import { asked } from '../../test/fakes/asked.ts';
import { servedCluster } from '../../test/fakes/cluster-zones.ts';
import { service } from '../../test/fakes/slim.ts';
import { pipeline, without, type Stages } from './pipeline.ts';

const zone = nameFromText('cluster.local')!;
const { publisher, zones } = servedCluster();
publisher.store.services.replace(['team-a/web', 'team-b/db', 'shared/db'].map((key) => service(key, { clusterIPs: ['10.96.0.1'] })));
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

/** Asked by a pod of team-a, whose search list begins with its namespace. */
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

  test.each(['refuse', 'nxdomain', 'nodata', 'drop'])('not one that an access rule keeps back: %s', (action) => {
    const rules = valueOf(compileAcl([`${action} name team-b.svc.cluster.local`], [zone]));
    const [kept, ...found] = questions.map((question) => searching({ acl: acl(rules, [zone]) })(asked(question)) as Answer);
    expect(kept?.answers).not.toBe(2);
    expect(found.map(({ answers }) => answers)).toEqual([2, 2]);
  });
});
