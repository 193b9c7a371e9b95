import { expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { Type, typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { accessRules, otherRules } from './explain-rules.ts';
import { servingText, type FullExplanation, type ServingExplanation } from './full-explanation.ts';

const NAMESPACES = ['data', 'ops', 'shop'];
const rules = [
  '--acl',
  'allow from 10.1.0.0/16 name corp.example',
  '--acl',
  'refuse name corp.example',
  '--acl',
  'nodata from 10.2.0.0/16 type TXT',
];
const views = ['--pods', 'verified', '--namespace-views', '* sees own', '--namespace-views', 'ops sees *'];

function explained(
  argv: readonly string[],
  question: string,
  outcome: FullExplanation['outcome'] = 'outside',
  chain: readonly string[] = [],
  stage: ServingExplanation['stage'] = 'forward',
): string[] {
  const loaded = load(argv, {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  const options: Options = loaded.options;
  const [text = '', typeText = 'A'] = question.split(' ');
  const [name, type] = [nameFromText(text)!, typeFromName(typeText)!];
  const serving: ServingExplanation = { stage, cached: [], upstreams: [], forwardZone: '.' };
  const access = accessRules(name, type, options, chain);
  const others = otherRules(name, type, options, { outcome, services: [] }, [serving], () => NAMESPACES);
  return servingText({ access, rules: others, serving: [serving] } as unknown as FullExplanation);
}
const forwarded = 'thread 0: answered by forward';

test.each<[string, readonly string[], string, FullExplanation['outcome'], readonly string[]]>([
  ['without rules', [], 'www.test A', 'outside', [forwarded]],
  [
    'a rule for all',
    ['--acl', 'refuse name www.test'],
    'a.www.test A',
    'outside',
    ['every client meets the access rule "refuse name www.test"'],
  ],
  ['a rule for others', ['--acl', 'refuse name www.test'], 'test A', 'outside', [forwarded]],
  [
    'a rule for all but some',
    rules,
    'corp.example TXT',
    'outside',
    [
      'clients that it names meet the access rule "allow from 10.1.0.0/16 name corp.example"',
      'every client meets the access rule "refuse name corp.example"',
      forwarded,
    ],
  ],
  [
    'a rule for some',
    rules,
    'www.test TXT',
    'outside',
    ['clients that it names meet the access rule "nodata from 10.2.0.0/16 type TXT"', forwarded],
  ],
  ['a rule on outside names', ['--acl', 'refuse zone .'], 'web.shop.svc.cluster.local A', 'answer', [forwarded]],
  [
    'a rule on a zone',
    ['--acl', 'drop zone cluster.local'],
    'web.shop.svc.cluster.local A',
    'answer',
    ['every client meets the access rule "drop zone cluster.local"'],
  ],
  [
    'views',
    views,
    'web.shop.svc.cluster.local A',
    'answer',
    ['namespace shop exists for pods of ops, pods of shop (--namespace-views)', forwarded],
  ],
  [
    'views that hide it from all',
    ['--pods', 'verified', '--namespace-views', 'ops sees ops'],
    'web.shop.svc.cluster.local A',
    'answer',
    ['namespace shop exists for nobody (--namespace-views)', forwarded],
  ],
  [
    'a search path',
    ['--autopath'],
    'www.test.shop.svc.cluster.local A',
    'nxdomain',
    [
      'then these are asked for, as the client would (--autopath): www.test.svc.cluster.local., www.test.cluster.local., www.test.',
      forwarded,
    ],
  ],
  ['a search path that ends in a name', ['--autopath'], 'www.test.shop.svc.cluster.local A', 'answer', [forwarded]],
  ['a search path that is not walked', [], 'www.test.shop.svc.cluster.local A', 'nxdomain', [forwarded]],
  ['ANY', [], 'www.test ANY', 'outside', ['type ANY gets one HINFO record instead (--any hinfo)', forwarded]],
  [
    'AAAA',
    ['--filter-aaaa', 'on'],
    'www.test AAAA',
    'outside',
    ['no data where the name has an IPv4 address (--filter-aaaa on)', forwarded],
  ],
  [
    'rebinding protection',
    ['--rebind-protection', '--rebind-allow', 'corp.example'],
    'www.test A',
    'outside',
    [
      "refused where the answer has a private address, or an alias to a name of the cluster's or of a hosts file (--rebind-protection)",
      forwarded,
    ],
  ],
  ['rebinding protection, spared', ['--rebind-protection', '--rebind-allow', 'corp.example'], 'www.corp.example A', 'outside', [forwarded]],
  ['rebinding protection, a Service', ['--rebind-protection'], 'web.shop.svc.cluster.local A', 'answer', [forwarded]],
  [
    'lists',
    ['--rpz', 'a.rpz', '--blocklist', 'ads.txt'],
    'www.test A',
    'outside',
    [
      'aliases and addresses in the answer meet the policy zones too (--rpz)',
      'aliases in the answer meet the blocklists too (--blocklist)',
      forwarded,
    ],
  ],
  ['AAAA of a Service', ['--filter-aaaa', 'on'], 'web.shop.svc.cluster.local AAAA', 'answer', [forwarded]],
])('%s', (_, argv, question, outcome, says) => {
  expect(explained(argv, question, outcome)).toEqual(says);
});

test('ANY of an ExternalName is its CNAME, whatever --any is', () => {
  const services = [{ kind: 'externalName' }] as unknown as Parameters<typeof otherRules>[3]['services'];
  const loaded = load(['--any', 'refuse'], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  const name = nameFromText('out.shop.svc.cluster.local')!;
  expect(otherRules(name, Type.ANY, loaded.options, { outcome: 'answer', services }, [], () => [])).toEqual([]);
});

test.each(['ANY', 'AAAA'])('%s of a blocked name: only that it is blocked', (type) => {
  expect(explained(['--filter-aaaa', 'on'], `www.test ${type}`, 'outside', [], 'filter')).toEqual(['thread 0: answered by filter']);
});

test('a name that a hosts file has: nothing that applies to answers of upstreams', () => {
  const argv = ['--filter-aaaa', 'on', '--rebind-protection', '--rpz', 'a.rpz'];
  expect(explained(argv, 'www.test AAAA', 'outside', [], 'hosts')).toEqual(['thread 0: answered by hosts']);
});

test.each<[string, string, string, readonly string[]]>([
  ['refuse name out.test', 'A', 'refused', ['every client meets the access rule "refuse name out.test" on www.out.test.']],
  [
    'refuse from 10.1.0.0/16 name web.shop.svc.cluster.local',
    'AAAA',
    'refused to some',
    [
      'clients that it names meet the access rule "refuse from 10.1.0.0/16 name web.shop.svc.cluster.local" on web.shop.svc.cluster.local.',
      forwarded,
    ],
  ],
  ['allow name www.out.test', 'A', 'allowed', ['every client meets the access rule "allow name www.out.test" on www.out.test.', forwarded]],
  ['refuse name out.test', 'CNAME', 'not followed', [forwarded]],
])('what an alias leads to: %s %s is %s', (rule, type, _, says) => {
  const chain = ['web.shop.svc.cluster.local.', 'www.out.test.'];
  expect(explained(['--acl', rule], `alias.shop.svc.cluster.local ${type}`, 'answer', chain)).toEqual(says);
});
