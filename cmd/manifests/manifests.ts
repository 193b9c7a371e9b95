/** deploy/kustomize: the chart's objects as plain manifests, rendered by helm, each set only with what it adds to the base. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const chart = fileURLToPath(new URL('../../charts/kubezone', import.meta.url));
const OBSERVED = 'serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboard.enabled=true';

/** File by path from the root of the project. Throws helm's message; there must be a helm. */
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
