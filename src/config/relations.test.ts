import { expect, test } from 'vitest';
import { load } from './load.ts';

test.each<[string, argv: string[], messages: string[]]>([
  [
    'related options that contradict',
    ['--cache-min-ttl', '60'],
    ['--cache-min-ttl and --cache-max-ttl: the least, 60, must not be above the greatest, 30'],
  ],
  [
    'negative TTLs that contradict',
    ['--cache-max-negative-ttl', '60', '--cache-min-negative-ttl', '61'],
    ['--cache-min-negative-ttl and --cache-max-negative-ttl: the least, 61, must not be above the greatest, 60'],
  ],
  [
    'encrypted listeners without a certificate',
    ['--listen-tls', ':853', '--listen-https', ':443'],
    ['tls', 'https'].map((transport) => `--listen-${transport} and --tls-cert: an encrypted listener needs a certificate and its key`),
  ],
  [
    'views that know no client',
    ['--namespace-views', '* sees own'],
    [
      '--namespace-views and --pods: whose pod a client is cannot be told with --pods=insecure, and nearly every name would be hidden from everybody: give --pods=verified',
    ],
  ],
  [
    'a zone without room for names below it',
    ['--cluster-domain', `${'abc.'.repeat(60)}ab`],
    [`--cluster-domain: "${'abc.'.repeat(60)}ab" leaves no room for names below it; give one of at most 241 characters`],
  ],
  [
    'a zone of all names',
    ['--cluster-domain', '.'],
    [`--cluster-domain: "." holds every name, and no other would be resolved: give the kubelets' clusterDomain`],
  ],
  [
    'a zone that is both',
    ['--cluster-domain', 'ip6.arpa'],
    ['--cluster-domain and --reverse-zones: "ip6.arpa" cannot hold both names and addresses: give each its own zone'],
  ],
  ['a context of no kubeconfig', ['--context', 'a'], ['--context and --kubeconfig: the context "a" is one of a kubeconfig: give both']],
  [
    'two sources',
    ['--manifests', 'a', '--kubeconfig', 'b'],
    ['--manifests and --kubeconfig: the cluster comes from one of them: give only one'],
  ],
  [
    'nameservers for a zone of the cluster, which would never be asked',
    ['--cluster-domain', 'corp.test', '--zones', 'Old.Corp.test=10.0.0.1', '--zones', 'other.test=10.0.0.1'],
    [
      '--zones and --cluster-domain: nameservers of "old.corp.test" would never be asked: names of the cluster, "corp.test", are answered from memory',
    ],
  ],
  [
    'a zone that is every name without one',
    ['--upstream', '10.0.0.1', '--zones', '.=10.0.0.2'],
    ['--zones: "." is every name outside the other zones: give its nameservers by --upstream'],
  ],
  [
    'a relation is not judged by the default of a wrong value',
    ['--cache-min-ttl', '60', '--cache-max-ttl', 'x'],
    ['flag --cache-max-ttl: "x" is not a whole number from 0 to 604800'],
  ],
])('%s', (_, argv, messages) => {
  const result = load(argv, {}, () => '');
  expect('errors' in result ? result.errors.map(({ message }) => message) : []).toEqual(messages);
});
