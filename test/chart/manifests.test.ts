import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { manifests } from '../../cmd/manifests/manifests.ts';
import { find, hasHelm, type KubernetesObject } from './helm.ts';
import { problemsOf } from './schema.ts';

const folder = new URL('../../deploy/kustomize/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
const objectsIn = (text: string): KubernetesObject[] => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
const example = spawnSync('kubectl', ['kustomize', new URL('example', folder).pathname], { encoding: 'utf8' });

interface Kustomization {
  readonly kind: 'Kustomization' | 'Component';
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
}

describe.skipIf(!hasHelm)('the plain manifests (skipped without helm)', () => {
  test('are what the chart gives', () => {
    for (const [path, text] of manifests())
      expect(text, `run \`npm run manifests\` and commit what it writes`).toBe(
        readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
      );
  });
});

test.each(readdirSync(folder).map((name) => [name]))(
  'kustomize finds what %s names, and every object is as the API server has its kind',
  (name) => {
    const { resources = [], components = [] } = parse(read(`${name}/kustomization.yaml`)) as Kustomization;
    const files = resources.filter((resource) => !resource.startsWith('..'));
    for (const file of files) for (const object of objectsIn(read(`${name}/${file}`))) expect(problemsOf(object)).toEqual([]);
    for (const other of resources.filter((resource) => !files.includes(resource)))
      expect(parse(read(`${name}/${other}/kustomization.yaml`))).toHaveProperty('kind', 'Kustomization');
    for (const component of components) expect(parse(read(`${name}/${component}/kustomization.yaml`))).toHaveProperty('kind', 'Component');
  },
);

test('the example has all components, and says where every image is pulled from', () => {
  const { components, images } = parse(read('example/kustomization.yaml')) as Kustomization & { images: { name: string }[] };
  const all = readdirSync(folder).filter((name) => (parse(read(`${name}/kustomization.yaml`)) as Kustomization).kind === 'Component');
  expect(components?.map((path) => path.replace('../', '')).toSorted()).toEqual(all.toSorted());
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .map(read);
  const pulled = texts.flatMap((text) => [...text.matchAll(/^ *image: ([^:\s]+):/gm)].map(([, image]) => image));
  expect([...new Set(pulled)].toSorted()).toEqual(images.map(({ name }) => name).toSorted());
});

describe.skipIf(example.error !== undefined)('the example, as kubectl makes it (skipped without kubectl)', () => {
  test('combines all of it, and has nothing twice', () => {
    const objects = objectsIn(example.stdout);
    expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Deployment', 'DaemonSet', 'ServiceMonitor']));
    for (const object of objects) expect(problemsOf(object)).toEqual([]);
  });

  /** The Service as CoreDNS's installers create it; as `kubectl apply` did not create it, it merges our selector into the existing one. */
  test.each([
    ['kubeadm, k3s', { 'k8s-app': 'kube-dns' }],
    ['nothing', {}],
  ])('where %s made the Service kube-dns, what stands behind it stays, and our pods come to it', (_, selector) => {
    const objects = objectsIn(example.stdout);
    const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'kube-dns')!;
    const merged = { ...selector, ...(service.spec as { selector: object }).selector };
    const deployment = find(objects, 'Deployment').spec as {
      selector: { matchLabels: object };
      template: { metadata: { labels: object } };
    };
    expect(merged).toEqual({ 'k8s-app': 'kube-dns' });
    expect(deployment.template.metadata.labels).toMatchObject(merged);
    // The selector of a Deployment is immutable, so it must not contain this label.
    expect(deployment.selector.matchLabels).not.toHaveProperty('k8s-app');
    expect(deployment.template.metadata.labels).toMatchObject(deployment.selector.matchLabels);
  });
});
