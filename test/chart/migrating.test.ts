/** Tests the patches, values and kustomization of docs/migrating.md against the chart and deploy/kustomize. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { find, hasHelm, render, type KubernetesObject } from './helm.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8');
const section = (title: string): string => text.split(/^## /m).find((part) => part.startsWith(title))!;
const values = (title: string, key: string): object =>
  [...section(title).matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, block]) => parse(block!) as Record<string, object>)
    .find((block) => key in block)!;
const canary = values('3.', 'deployment');
const takeover = { ...canary, ...values('4.', 'service') };

interface Service {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly selector: unknown; readonly ports: readonly unknown[] };
}

/** Returns the Service's selector after the patch of a section. */
function selected(title: string): unknown {
  const [, patch] = /--type json --patch '(.*?)'/s.exec(section(title))!;
  const operations = JSON.parse(patch!) as { op: string; path: string; value: unknown }[];
  expect(operations.map(({ op, path }) => `${op} ${path}`)).toEqual(['replace /spec/selector']);
  return operations[0]!.value;
}

const podLabels = (objects: readonly KubernetesObject[]): unknown =>
  (find(objects, 'Deployment').spec as { template: { metadata: { labels: unknown } } }).template.metadata.labels;

describe.skipIf(!hasHelm)('moving with Helm (skipped without helm)', () => {
  test('a pod behind the Service of CoreDNS has one budget at most, as one of two cannot be evicted', () => {
    expect(podLabels(render(canary))).toMatchObject({ 'k8s-app': 'kube-dns' });
    expect(render(canary).map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
  });

  test('the patched Service selects what the chart will have it select, and pods keep the label that others look for', () => {
    const objects = render(takeover);
    const service = find(objects, 'Service') as unknown as Service;
    expect(selected('4.')).toEqual(service.spec.selector);
    expect(podLabels(objects)).toMatchObject({ ...(selected('4.') as object), 'k8s-app': 'kube-dns' });
    expect(service.metadata.annotations).toHaveProperty(['helm.sh/resource-policy'], 'keep');
  });

  test('the Service of the canary goes with its address unless that is given: said before the command', () => {
    expect(objectNames(render(takeover))).not.toContain('Service kubezone');
    const steps = section('4.');
    for (const words of ['removes the Service `kubezone`', 'as `service.clusterIP`'])
      expect(steps.slice(0, steps.indexOf('--take-ownership'))).toContain(words);
  });

  test('back, pods of CoreDNS are found by their number, whatever they call their port', () => {
    expect(selected('5.')).toEqual({ 'k8s-app': 'kube-dns' });
    const { ports } = (find(render(takeover), 'Service') as unknown as Service).spec;
    expect(ports).toMatchObject([{ targetPort: 53 }, { targetPort: 53 }, { targetPort: 9153 }]);
  });
});

const objectNames = (objects: readonly KubernetesObject[]): string[] => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

test.skipIf(spawnSync('kubectl', ['version', '--client']).error !== undefined)(
  'the kustomization of one who moves without Helm (skipped without kubectl)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubezone-kustomize-'));
    const [, own] = /```yaml\n(.*?)```/s.exec(section('Without Helm'))!;
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      own!.replaceAll('deploy/kustomize', relative(folder, join(root, 'deploy/kustomize'))),
    );
    const { stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
    expect(objectNames(objects), stderr).toContain('Service kube-dns');
    expect(objectNames(objects)).not.toContain('PodDisruptionBudget kubezone');
    expect(find(objects, 'Service').spec).toMatchObject({ clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' } });
  },
);
