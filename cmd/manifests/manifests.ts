/** deploy/kustomize: the chart's objects as plain manifests, rendered by helm; each file beside the base has only what it adds to it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const chart = fileURLToPath(new URL('../../charts/kubezone', import.meta.url));
const OBSERVED = 'serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboard.enabled=true';

/** Returns the text of each file by its path from the root of the project. Throws helm's message; helm must be installed. */
export function manifests(): ReadonlyMap<string, string> {
  const base = documents('');
  const added = (values: string): string[] => documents(values).filter((text) => !base.includes(text));
  const files: readonly (readonly [string, readonly string[]])[] = [
    ['base/kubezone.yaml', base],
    ['node-local/node-local.yaml', added('nodeLocal.enabled=true')],
    ['monitoring/monitoring.yaml', added(OBSERVED)],
  ];
  return new Map(files.map(([path, texts]) => [`deploy/kustomize/${path}`, `${HEADER}${texts.join('---\n')}`]));
}

const HEADER = '# Written by `npm run manifests` from charts/kubezone: change it there.\n';

function documents(values: string): string[] {
  const set = values === '' ? [] : ['--set', values];
  const { status, stdout, stderr, error } = spawnSync(
    'helm',
    ['template', 'kubezone', chart, '--namespace', 'kube-system', '--skip-tests', ...set],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`helm: ${error?.message ?? stderr}`);
  return stdout.split(/^---\n/m).flatMap((text) => {
    const plain = text
      .replaceAll(/^# Source: .*\n/gm, '')
      .replaceAll(/^ *helm\.sh\/chart: .*\n/gm, '')
      .replaceAll('app.kubernetes.io/managed-by: Helm', 'app.kubernetes.io/managed-by: kustomize');
    return plain.trim() === '' ? [] : [`${plain.trimEnd()}\n`];
  });
}
