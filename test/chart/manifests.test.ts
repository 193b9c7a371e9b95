import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { manifests } from '../../cmd/manifests/manifests.ts';
import { hasHelm, type KubernetesObject } from './helm.ts';
import { problemsOf } from './schema.ts';

const folder = new URL('../../deploy/kustomize/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
const objectsIn = (path: string): KubernetesObject[] =>
  parseAllDocuments(read(path)).map((document) => document.toJS() as KubernetesObject);

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
    const { resources, images = [] } = parse(read(`${name}/kustomization.yaml`)) as { resources: string[]; images?: { name: string }[] };
    const files = resources.filter((resource) => !resource.startsWith('..'));
    for (const resource of resources)
      expect(readdirSync(new URL(`${name}/${resource.startsWith('..') ? resource : '.'}`, folder)).length).toBeGreaterThan(0);
    const objects = files.flatMap((file) => objectsIn(`${name}/${file}`));
    for (const object of objects) expect(problemsOf(object)).toEqual([]);
    const pulled = objects.flatMap((object) => [...JSON.stringify(object).matchAll(/"image":"([^":@]+)/g)].map(([, image]) => image));
    if (files.length > 0 && pulled.length > 0) for (const image of pulled) expect(images.map((row) => row.name)).toContain(image);
  },
);

test('node-local and monitoring add nothing that the base has', () => {
  const identity = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
  const all = ['base/kubezone.yaml', 'node-local/node-local.yaml', 'monitoring/monitoring.yaml'].flatMap((path) =>
    objectsIn(path).map(identity),
  );
  expect(new Set(all).size).toBe(all.length);
});
