import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { load, type Environment } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { fileArguments, find, hasHelm, helm, objectsOf, render, type KubernetesObject } from './helm.ts';
import { matrix, refused } from './matrix.ts';
import { problemsOf } from './schema.ts';

const CHART = new URL('../../charts/kubezone/', import.meta.url);

const cases = matrix.map((row) => [row.name, row] as const);

describe.skipIf(!hasHelm)('the chart (skipped without helm)', () => {
  test.each(cases)('%s: lint has nothing to say', (_, row) => {
    const { status, stdout, stderr } = helm('lint', row.values, ...fileArguments(row));
    expect({ status, said: /(WARNING|ERROR)/.test(stdout + stderr) }, stdout + stderr).toEqual({ status: 0, said: false });
  });

  test.each(cases)('%s: every object is as the API server has its kind', (_, row) => {
    const objects = objectsOf(row);
    expect(objects.length).toBeGreaterThan(3);
    expect(objects.flatMap((object) => problemsOf(object).map((problem) => `${object.metadata.name}: ${problem}`))).toEqual([]);
    const identities = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(identities).size).toBe(identities.length);
  });

  test.each(cases)('%s: the server takes each config file', (_, row) => {
    const objects = objectsOf(row);
    const maps = objects.filter(({ kind, data }) => kind === 'ConfigMap' && data !== undefined && 'config.yaml' in (data as object));
    expect(maps.length).toBeGreaterThan(0);
    for (const map of maps) {
      const text = (map.data as Record<string, string>)['config.yaml']!;
      expect(load(['--config', 'config.yaml'], environmentOf(objects, map.metadata.name), () => text)).not.toHaveProperty('errors');
    }
  });

  test.each(refused.map((row) => [row.name, row] as const))('%s is refused', (_, { values, says }) => {
    const { status, stderr } = helm('template', values);
    expect(status).not.toBe(0);
    for (const words of says) expect(stderr).toMatch(words);
    expect(stderr.split('\n').length, stderr).toBeLessThan(10);
  });

  test('a change of a live option changes no pod; of another it rolls them', () => {
    const template = (config: object): unknown => (find(render({ config }), 'Deployment').spec as { template: unknown }).template;
    expect(template({ ttl: 5, upstream: ['10.0.0.53'], 'log-level': 'debug' })).toEqual(template({}));
    expect(template({ 'cluster-domain': 'corp.local' })).not.toEqual(template({}));
    expect(template({ threads: 2 })).not.toEqual(template({}));
  });

  test.each([
    [{}, 20],
    [{ lameduck: '30s', grace: '10s' }, 50],
    [{ lameduck: '1m30s', grace: '500ms' }, 101],
    [{ lameduck: '1d', grace: '1.5d1h' }, 86_400 + 133_200 + 10],
  ])('with %o the pod has %d s to end', (config, seconds) => {
    expect(podSpec(render({ config })).terminationGracePeriodSeconds).toBe(seconds);
  });

  test('the pod has no more rights than it needs', () => {
    const spec = podSpec(render());
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.containers[0]!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
    expect(spec).toMatchObject({ dnsPolicy: 'Default', priorityClassName: 'system-cluster-critical' });
    expect(spec).not.toHaveProperty('hostNetwork');
  });

  const rule = (apiGroup: string, ...resources: string[]): object => ({ apiGroups: [apiGroup], resources, verbs: ['list', 'watch'] });
  const slices = rule('discovery.k8s.io', 'endpointslices');
  test.each([
    ['defaults', {}, ['ClusterRole'], [rule('', 'namespaces', 'services'), slices]],
    ['verified pods', { pods: 'verified' }, ['ClusterRole'], [rule('', 'namespaces', 'pods', 'services'), slices]],
    [
      'views of namespaces',
      { pods: 'verified', 'namespace-views': ['a sees own'] },
      ['ClusterRole'],
      [rule('', 'namespaces', 'pods', 'services'), slices],
    ],
    ['some namespaces as one text', { namespaces: 'a, b' }, ['Role a', 'Role b'], [rule('', 'services'), slices]],
    ['some namespaces', { namespaces: ['a', 'b'] }, ['Role a', 'Role b'], [rule('', 'services'), slices]],
  ])('permissions for %s are those and no others', (_, config, roles, rules) => {
    const objects = render({ config }).filter(({ kind }) => /Role$/.test(kind));
    expect(objects.map(({ kind, metadata }) => [kind, metadata.namespace].filter(Boolean).join(' '))).toEqual(roles);
    for (const object of objects) expect(object.rules).toEqual(rules);
  });

  test.each([
    [
      'a config of the replicas',
      { upstream: ['10.0.0.53'], zones: { 'corp.example': ['10.0.0.54'] } },
      {},
      'udp://10.0.0.53:53',
      'tcp://10.96.100.1:53',
    ],
    [
      'one of its own',
      { upstream: ['10.0.0.53'], zones: { 'corp.example': ['10.0.0.54'] } },
      { upstream: ['10.9.9.9'], zones: { 'corp.example': ['10.9.9.8'] } },
      'udp://10.9.9.9:53',
      'udp://10.9.9.8:53',
    ],
  ])('the cache of a node finds outside names by %s', (_, config, own, upstream, corp) => {
    const { options } = cacheConfig(render({ nodeLocal: { enabled: true, config: own }, config }));
    expect(options.upstream).toEqual([upstream]);
    expect(options.zones).toMatchObject({ 'corp.example': [corp], 'cluster.local': ['tcp://10.96.100.1:53'] });
  });

  test.each([
    ['of the replicas', { 'forward-allow': '198.51.100.0/24' }, {}, ['198.51.100.0/24']],
    ['of its own', { 'forward-allow': ['198.51.100.0/24'] }, { 'forward-allow': ['10.0.0.0/8'] }, ['10.0.0.0/8']],
  ])('the cache of a node, by which clients ask all names, answers the networks %s', (_, config, own, networks) => {
    const { written } = cacheConfig(render({ nodeLocal: { enabled: true, config: own }, config }));
    expect([written['forward-allow']].flat()).toEqual(networks);
  });

  test.each([
    ['Deployment', (pod: object): object => ({ deployment: pod, config: { blocklist: ['/etc/lists/ads'] } })],
    ['DaemonSet', (pod: object): object => ({ nodeLocal: { enabled: true, config: { blocklist: ['/etc/lists/ads'] }, ...pod } })],
  ])('files that options name can be mounted into the pods of the %s, and variables set', (kind, valuesWith) => {
    const volumes = [{ name: 'lists', configMap: { name: 'lists' } }];
    const volumeMounts = [{ name: 'lists', mountPath: '/etc/lists', readOnly: true }];
    const env = [{ name: 'KUBEZONE_LOG_LEVEL', value: 'debug' }];
    const spec = podSpec(render(valuesWith({ volumes, volumeMounts, env })), kind);
    const [server] = spec.containers;
    expect(spec.volumes).toEqual(expect.arrayContaining(volumes));
    expect(server!.volumeMounts).toEqual(expect.arrayContaining(volumeMounts));
    expect(server!.env).toEqual(expect.arrayContaining(env));
  });

  test.each([
    ['one by one', ['10.in-addr.arpa', 'd.f.ip6.arpa']],
    ['as one text', '10.in-addr.arpa, d.f.ip6.arpa'],
  ])('the cache of a node asks the replicas for the reverse zones of the config, written %s', (_, reverse) => {
    const { zones } = cacheConfig(render({ nodeLocal: { enabled: true }, config: { 'reverse-zones': reverse } })).options;
    expect(Object.keys(zones)).toEqual(['cluster.local', '10.in-addr.arpa', 'd.f.ip6.arpa']);
  });

  test('the cache of a node asks the replicas by TCP, and knows no API server', () => {
    const objects = render({ nodeLocal: { enabled: true }, config: { 'cluster-domain': 'corp.local' } });
    const daemonSet = find(objects, 'DaemonSet');
    const { zones, listen, manifests } = cacheConfig(objects).options;
    const upstream = ['tcp://10.96.100.1:53'];
    expect({ zones, listen, manifests }).toEqual({
      zones: { 'corp.local': upstream, 'in-addr.arpa': upstream, 'ip6.arpa': upstream },
      listen: [{ host: '169.254.20.10', port: 53 }],
      manifests: '/var/lib/kubezone',
    });
    expect((daemonSet.spec as { template: { spec: object } }).template.spec).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      dnsPolicy: 'Default',
    });
  });

  test.each([
    [{}, 'kubezone.kube-system.svc.cluster.local'],
    [{ namespaces: ['kube-system', 'a'], 'cluster-domain': 'corp.local.' }, 'kubezone.kube-system.svc.corp.local'],
    [{ namespaces: ['a'] }, 'dns-version.cluster.local'],
    [{ selector: 'dns=yes' }, 'dns-version.cluster.local'],
  ])('`helm test` with %o asks for a name that is there: %s', (config, name) => {
    const { containers } = find(render({ config }), 'Pod').spec as { containers: { command: string[] }[] };
    expect(containers[0]!.command.at(-1)).toBe(name);
  });

  test('alerts can be left out, added to, and led to another runbook', () => {
    const { spec } = find(objectsOf(matrix.find(({ name }) => name === 'everything')!), 'PrometheusRule') as unknown as {
      spec: { groups: { rules: { alert?: string; annotations?: { runbook_url: string } }[] }[] };
    };
    const rules = spec.groups.flatMap((group) => group.rules);
    expect(rules.map(({ alert }) => alert)).not.toContain('KubezoneAnyFlood');
    expect(rules.find(({ alert }) => alert === 'KubezoneDown')?.annotations?.runbook_url).toBe(
      'https://runbooks.example/kubezone.md#kubezonedown',
    );
    expect(rules.at(-1)).toHaveProperty('record', 'kubezone:queries:rate5m');
  });
});

test('every value has its sentence in the schema, and every sentence its value', () => {
  const schema = JSON.parse(readFileSync(new URL('values.schema.json', CHART), 'utf8')) as Schema;
  const values = parse(readFileSync(new URL('values.yaml', CHART), 'utf8')) as object;
  const described = leaves(schema).filter((path) => !/^(config|global|enabled)\b|\.resources\.|egressPorts\./.test(path));
  const given = described.filter(
    (path) => path.split('.').reduce<unknown>((of, name) => (of as Record<string, unknown> | undefined)?.[name], values) !== undefined,
  );
  expect(given).toEqual(described);
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function leaves({ properties, description }: Schema, path = ''): string[] {
  if (properties === undefined) {
    expect(description, path).toMatch(/^[A-Z].*\.$/);
    return [path];
  }
  const open =
    path === ''
      ? Object.entries(properties).filter(([name]) => !['config', 'global', 'enabled'].includes(name))
      : Object.entries(properties);
  return /resources$|\.config$/.test(path) ? [path] : open.flatMap(([name, of]) => leaves(of, path === '' ? name : `${path}.${name}`));
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly volumes: readonly object[];
  readonly containers: readonly {
    readonly volumeMounts: readonly object[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly securityContext: object;
  }[];
}

function podSpec(objects: readonly KubernetesObject[], kind = 'Deployment'): PodSpec {
  return (find(objects, kind).spec as { template: { spec: PodSpec } }).template.spec;
}

/** The options that the node-local cache starts with, and its configuration file as written. */
function cacheConfig(objects: readonly KubernetesObject[]): {
  readonly options: Options;
  readonly written: Readonly<Record<string, unknown>>;
} {
  const { name } = find(objects, 'DaemonSet').metadata;
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  const text = (map?.data as Record<string, string>)['config.yaml']!;
  const loaded = load(['--config', 'x'], environmentOf(objects, name), () => text);
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
  return { options: loaded.options, written: parse(text) as Record<string, unknown> };
}

/** The environment of the container that mounts this ConfigMap, with the variable that the kubelet sets for the Service expanded. */
function environmentOf(objects: readonly KubernetesObject[], map: string): Environment {
  if (!map.endsWith('-node-local')) return {};
  const { env = [] } = podSpec(objects, 'DaemonSet').containers[0]!;
  return Object.fromEntries(
    env.map(({ name, value = '' }) => [name, value.replaceAll('$(KUBEZONE_UPSTREAM_PORT_53_TCP)', 'tcp://10.96.100.1:53')]),
  );
}
