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
- **Options**: \`config:\` is the config file, with any option of [docs/options.md](../../docs/options.md) that a file may have. A change of one marked *live* there reaches
  running servers through the ConfigMap, usually within a minute or two, without a restart; a change of any other replaces the pods. Helm refuses invalid
  values; those that only the server can check, such as \`acl\`, keep the first new pod from starting while the old ones continue to serve. To
  Helm, \`on\`, \`off\` and \`null\` are words only in quotes: \`filter-aaaa: 'on'\`.
- **Permissions**: list and watch of Services, EndpointSlices and namespaces; also of pods with \`pods: verified\` or \`namespace-views\`. With
  \`namespaces\`, the chart creates a Role in each of them instead of a ClusterRole.
- **Pod Security**: the replicas meet the level \`restricted\`. The caches of \`nodeLocal\` use their node's network and change its rules, so they need a
  namespace of the level \`privileged\`, as kube-system is by default.
- **A cache on every node**: \`nodeLocal.enabled\`. The caches do not access the API server. Their interface exists as long as the pod,
  and the rules only while the server is ready. Both are made by a separate image, \`docker buildx build --target setup --tag REGISTRY/kubezone-setup:0.1.0 --push .\`, named by
  \`nodeLocal.setup.image\`. A cache queries the replicas for the cluster's names and the zones of \`config.zones\`, and \`config.upstream\` for all others,
  on behalf of the clients in \`config.forward-allow\`; \`nodeLocal.config\` can override each of these. To the replicas, the node is then the client:
  \`acl\`, \`namespace-views\` and \`networkPolicy.clients\` must take that into account. What a cache forwards itself is subject to \`nodeLocal.config\` only.
- **Pods with public addresses** (EKS with IPv6, public ranges used privately): add their networks to \`config.forward-allow\`, which by default contains
  the private ranges. Other clients get answers for the cluster and REFUSED for outside names, and this is logged; a cache on their node refuses them all
  names.
- **Metrics**: \`serviceMonitor.enabled\`, \`prometheusRule.enabled\`, \`dashboard.enabled\`; \`config.metrics-compat: coredns\` for dashboards and alerts made for CoreDNS.
`;

interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly description: string;
}

export function chartPage(): string {
  const defaults = parse(readFileSync(new URL('../../charts/kubezone/values.yaml', import.meta.url), 'utf8')) as Record<string, unknown>;
  const config = {
    type: 'object',
    description: 'The config file: any option of docs/options.md that a file may have; that page names those without a key.',
  };
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
