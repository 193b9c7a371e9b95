import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
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

test.each<[SourceKind, { manifests: string | undefined; kubeconfig: string | undefined }, Record<string, string>, boolean]>([
  ['manifests', { manifests: 'm', kubeconfig: undefined }, inCluster, true],
  ['kubeconfig', { manifests: undefined, kubeconfig: 'k' }, inCluster, true],
  ['in-cluster', { manifests: undefined, kubeconfig: undefined }, inCluster, true],
  ['example', { manifests: undefined, kubeconfig: undefined }, inCluster, false],
  ['example', { manifests: undefined, kubeconfig: undefined }, {}, true],
])('%s', (kind, options, environment, token) => {
  expect(chooseSource(options, environment, (path) => token && path === SERVICE_ACCOUNT_TOKEN)).toBe(kind);
});

test('where to listen: as given, else port 53, or this machine only for the example', () => {
  const given = [{ host: '::1', port: 5353 }];
  expect(listenAddresses({ listen: given }, 'example')).toEqual(given);
  expect(listenAddresses({ listen: [] }, 'manifests')).toEqual([{ host: '', port: 53 }]);
  expect(listenAddresses({ listen: [] }, 'example')).toEqual([{ host: '127.0.0.1', port: 1053 }]);
});
