/** charts/kubezone/README.md: every value of the chart with its default and description, generated from values.yaml and the schema. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { optionTypes, type JsonSchema } from '../../src/config/option-types.ts';
import { chartValues, isOfParents } from './chart-values.ts';

const introduction = `# The kubezone chart

<!-- Written by \`npm run reference\` from values.yaml and cmd/reference/chart-values.ts: change it there. -->

\`\`\`sh
helm install kubezone charts/kubezone --namespace kube-system --set image.repository=REGISTRY/kubezone
helm test kubezone --namespace kube-system
\`\`\`

This runs kubezone beside the existing nameserver. [docs/migrating.md](../../docs/migrating.md) describes how to take over its address.

- **Sizes**: \`--values charts/kubezone/values-small.yaml\` (also \`-medium\`, \`-large\`); each file says for which clusters and why.
- **Options**: \`config:\` is the config file, with any option of [docs/options.md](../../docs/options.md). A change of one marked *live* there reaches
  running servers with the ConfigMap, usually within a minute or two, without a restart; of any other it rolls the pods. A wrong one is refused
  by Helm; rules that only the server can judge, such as \`acl\`, keep the first new pod from starting, and the old ones go on.
- **Permissions**: list and watch of Services, EndpointSlices and namespaces; of pods with \`pods: verified\` or \`namespace-views\`. With \`namespaces\`
  it is a Role in each of them and no ClusterRole.
- **Pod Security**: the replicas fit the level \`restricted\`. Caches are in their node's network and change its rules, so \`nodeLocal\` needs a namespace of the
  level \`privileged\`, as kube-system is by default.
- **A cache on every node**: \`nodeLocal.enabled\`. It needs no access to the API server. Its interface and rules are there while it is ready, and go with it.
  An image of its own makes these: \`docker buildx build --target setup --tag REGISTRY/kubezone-setup:0.1.0 --push .\`, which \`nodeLocal.setup.image\` names.
  It asks the replicas for the cluster's names and the zones of \`config.zones\`, and \`config.upstream\` for the others, for the clients of
  \`config.forward-allow\`; each can be another in \`nodeLocal.config\`. The replicas see the node as the
  client: \`acl\`, \`namespace-views\` and \`networkPolicy.clients\` must count on that, and what a cache forwards itself meets the rules of \`nodeLocal.config\` alone.
- **Pods with public addresses** (EKS with IPv6, public ranges used privately): name their networks in \`config.forward-allow\`, which by default has the
  private ones; others are answered for the cluster and REFUSED outside names, and the log says so. A cache on their node refuses them every name.
- **Metrics**: \`serviceMonitor.enabled\`, \`prometheusRule.enabled\`, \`dashboard.enabled\`; \`config.metrics-compat: coredns\` for what was made for CoreDNS.
`;

interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly description: string;
}

export function chartPage(): string {
  const defaults = parse(readFileSync(new URL('../../charts/kubezone/values.yaml', import.meta.url), 'utf8')) as Record<string, unknown>;
  const config = { type: 'object', description: 'The config file: any of the options in docs/options.md.' };
  const rows = rowsOf({ properties: { ...chartValues, config } }, defaults, '').filter(({ path }) => !isOfParents(path));
  return [
    introduction,
    '## Values',
    '',
    '| value | default | description |',
    '| --- | --- | --- |',
    ...rows.map(({ path, value, description }) => `| \`${path}\` | ${shown(value)} | ${description.replaceAll('|', '\\|')} |`),
    '',
    `Durations are written as ${optionTypes.duration.right.replace('a duration with its unit, such as ', '')}.`,
    '',
  ].join('\n');
}

/** A row for each value without values of its own, and for those described as a whole. */
function rowsOf(schema: JsonSchema, value: unknown, path: string): Row[] {
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined || /\.(resources|config)$/.test(path)) {
    return [{ path, value, description: String(schema.description) }];
  }
  return Object.entries(properties).flatMap(([name, of]) =>
    rowsOf(of, (value as Record<string, unknown> | undefined)?.[name], path === '' ? name : `${path}.${name}`),
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
