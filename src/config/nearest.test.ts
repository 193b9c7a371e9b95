import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const known = ['ttl', 'pods', 'cluster-domain', 'kubeconfig', 'cache-max-ttl'];

test.each([
  ['tll', 'ttl'],
  ['cluser-domian', 'cluster-domain'],
  ['kubecfg', 'kubeconfig'],
  ['cluster', 'cluster-domain'],
  ['cache', 'cache-max-ttl'],
  ['quux-quux', undefined],
  ['ttx', 'ttl'],
  ['xyl', undefined],
  ['foo', undefined],
])('%j: %j', (word, expected) => {
  expect(nearest(word, known)).toBe(expected);
});
