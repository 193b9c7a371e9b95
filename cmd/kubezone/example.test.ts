import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Options } from '../../src/config/options.ts';
import { EXAMPLE_MANIFESTS, exampleQuestions, welcome } from './example.ts';
import { chooseSource, listenAddresses, SERVICE_ACCOUNT_TOKEN, type SourceKind } from './source-choice.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const manifests = readdirSync(EXAMPLE_MANIFESTS).flatMap((file) =>
  parseAllDocuments(readFileSync(join(EXAMPLE_MANIFESTS, file), 'utf8')).map((document) => document.toJS() as Manifest),
);
const named = (kind: string): string[] =>
  manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => `${metadata.name}.${metadata.namespace ?? ''}`);

test('the example has what it promises: every namespace is there, every Service but the last one asked for', () => {
  const namespaces = named('Namespace');
  for (const { metadata } of manifests) expect(namespaces).toContain(`${metadata.namespace ?? metadata.name}.`);
  const services = named('Service');
  const asked = exampleQuestions.flatMap(({ dig, shows }) => {
    const service = /([a-z]+\.[a-z]+)\.svc\./.exec(dig)?.[1];
    return service === undefined ? [] : [{ service, there: shows !== 'NXDOMAIN' }];
  });
  expect(asked.length).toBeGreaterThan(5);
  for (const { service, there } of asked) expect(services.includes(service), service).toBe(there);
});

test('the welcome shows a dig line for every question, at the address served', () => {
  const text = welcome({ host: '127.0.0.1', port: 1053 });
  for (const { dig } of exampleQuestions) expect(text).toContain(`dig @127.0.0.1 -p 1053 ${dig} `);
  expect(welcome({ host: '', port: 53 })).toContain('dig @127.0.0.1 -p 53 ');
});

const inCluster = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };

const everywhere = [{ host: '', port: 53 }];
const nothing = { manifests: undefined, kubeconfig: undefined, example: false, listen: everywhere };

function choose(options: Partial<typeof nothing | Options>, environment: Record<string, string>, token: boolean): SourceKind {
  return chooseSource({ ...nothing, ...options }, environment, (path) => token && path === SERVICE_ACCOUNT_TOKEN);
}

test.each<[SourceKind, Partial<Options>, Record<string, string>, boolean]>([
  ['manifests', { manifests: 'm' }, inCluster, true],
  ['kubeconfig', { kubeconfig: 'k' }, inCluster, true],
  ['in-cluster', {}, inCluster, true],
  // `npm start -- --manifests m` gives both.
  ['manifests', { manifests: 'm', example: true }, {}, false],
  ['kubeconfig', { kubeconfig: 'k', example: true }, inCluster, true],
  ['example', { example: true }, {}, false],
  ['example', { example: true }, inCluster, true],
  // Where no other machine can ask.
  ['example', { listen: [] }, {}, false],
  ['example', { listen: [{ host: '127.0.0.1', port: 1053 }] }, {}, false],
  ['example', { listen: [{ host: '::1', port: 1053 }] }, {}, false],
])('%s', (kind, options, environment, token) => {
  expect(choose(options, environment, token)).toBe(kind);
});

test.each<[string, Record<string, string>, boolean, RegExp]>([
  ['a pod without a token', inCluster, false, /HOST is 10\.96\.0\.1.* no \/var.*automountServiceAccountToken: true/],
  ['a pod that does not know its API server', {}, true, /KUBERNETES_SERVICE_HOST is not set/],
  ['the same, the variable empty', { KUBERNETES_SERVICE_HOST: '' }, true, /KUBERNETES_SERVICE_HOST is not set/],
  ['no pod', {}, false, /there is no cluster to serve/],
])('%s: an error that says what to give, and never the example', (_where, environment, token, says) => {
  expect(() => choose({}, environment, token)).toThrow(says);
  expect(() => choose({}, environment, token)).toThrow(/--kubeconfig PATH.*--manifests PATH.*--example/);
});

test('where to listen: as given, else port 53, or this machine only for the example', () => {
  const given = [{ host: '::1', port: 5353 }];
  expect(listenAddresses({ listen: given }, 'example')).toEqual(given);
  expect(listenAddresses({ listen: [] }, 'manifests')).toEqual([{ host: '', port: 53 }]);
  expect(listenAddresses({ listen: [] }, 'example')).toEqual([{ host: '127.0.0.1', port: 1053 }]);
});
