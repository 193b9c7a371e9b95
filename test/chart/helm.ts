/** Runs helm on the chart; tests that need it are skipped when it is not installed. */
import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import type { Case } from './matrix.ts';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

const CHART = new URL('../../charts/kubezone', import.meta.url).pathname;

export const hasHelm: boolean = spawnSync('helm', ['version']).status === 0;

/** Passes `values` as a values file. `extra` are further arguments; with `--name-template` the release is not called kubezone. */
export function helm(
  command: 'lint' | 'template',
  values: object = {},
  ...extra: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  const release = extra.includes('--name-template') ? [] : ['kubezone'];
  const what = command === 'template' ? ['template', ...release, CHART, '--namespace', 'kube-system'] : ['lint', CHART, '--strict'];
  return spawnSync('helm', [...what, '--values', '-', ...extra], { input: JSON.stringify(values), encoding: 'utf8' });
}

/** Returns the objects that the chart renders with these values; throws helm's error message. */
export function render(values: object = {}, ...extra: readonly string[]): readonly KubernetesObject[] {
  const { status, stdout, stderr } = helm('template', values, ...extra);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout, { uniqueKeys: true })
    .filter((document) => document.contents !== null)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0]!;
      return document.toJS() as KubernetesObject;
    });
}

/** Returns the first object of a kind. */
export function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

const rendered = new Map<Case, readonly KubernetesObject[]>();

/** Returns the objects of a case, rendered only once. */
export function objectsOf(row: Case): readonly KubernetesObject[] {
  const objects = rendered.get(row) ?? render(row.values, ...fileArguments(row));
  rendered.set(row, objects);
  return objects;
}

export function fileArguments({ files = [] }: Case): string[] {
  return files.flatMap((file) => ['--values', `${CHART}/${file}`]);
}
