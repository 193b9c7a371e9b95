/** The chart's own values as JSON schema: a new value of values.yaml is a new property here, and its description goes into the chart's README. */
import type { JsonSchema } from '../../src/config/option-types.ts';
import { options } from '../../src/config/options.ts';
import { sourceOptions } from '../../src/config/source-options.ts';
import {
  accessModes,
  addressOrNothing,
  countOrPercent,
  duration,
  environment,
  furtherLabels,
  group,
  ipAddress,
  labels,
  named,
  networkPeers,
  objectName,
  serviceName,
  port,
  quantity,
  resources,
  rules,
  strings,
  texts,
  tolerations,
} from './kubernetes-fields.ts';

/** Options that a cache on a node cannot be given: the chart sets them, or they concern the cluster. */
const ofTheReplicas = new Set(['listen', ...sourceOptions.map(({ name }) => name), 'namespace-views']);
const cacheOptions = options.filter(({ name, notInFile }) => notInFile !== true && !ofTheReplicas.has(name)).map(({ name }) => name);
const pullPolicy = oneOf('When to pull the image.', 'Always', 'IfNotPresent', 'Never');
const podSettings = {
  podLabels: { ...furtherLabels, description: 'Added to the labels of every pod.' },
  podAnnotations: { ...texts, description: 'Added to the annotations of every pod.' },
  priorityClassName: nameOf('Priority class of the pods.'),
  nodeSelector: { ...labels, description: 'Labels a node must have to run the pods.' },
  tolerations: { ...tolerations, description: 'Node taints that the pods tolerate.' },
};

/** The chart joins them into one text, `name=upstream;name=upstream`. */
const zoneNames = { type: 'array', items: { type: 'string', pattern: '^[^,;=\\s]+$' } };
const containerSettings = {
  env: { ...environment, description: 'Environment variables of the container.' },
  volumes: {
    ...named,
    description: 'Volumes for files named by options: blocklists, response policy zones, hosts files, CA certificates of upstreams.',
  },
  volumeMounts: { ...named, description: 'Where the volumes are mounted.' },
};

/** Values that a parent chart passes, or checks by its `condition: kubezone.enabled`; not read here, and so not in values.yaml. */
const ofParents = {
  global: { type: 'object', description: 'Values shared by a parent chart; not used.' },
  enabled: { type: 'boolean', description: 'For a `condition` in a parent chart; not used here.' },
} satisfies Record<string, JsonSchema>;
export const isOfParents = (name: string): boolean => Object.hasOwn(ofParents, name);

export const chartValues: Readonly<Record<string, JsonSchema>> = {
  ...ofParents,
  nameOverride: { ...serviceName, description: "Replaces the chart's name in object names and labels." },
  fullnameOverride: {
    ...serviceName,
    description: "Replaces the prefix of object names, which is made of the release's and the chart's name.",
  },
  labels: { ...furtherLabels, description: 'Added to the labels of every object.' },
  image: image('The image of kubezone.'),
  imagePullSecrets: { ...named, description: 'Secrets for pulling images, each as `name: …`.' },
  deployment: {
    ...group({
      replicas: { type: 'integer', minimum: 0, description: 'Number of replicas; not used with autoscaling.' },
      annotations: { ...texts, description: 'Annotations of the Deployment.' },
      minReadySeconds: {
        type: 'integer',
        minimum: 0,
        description: 'Seconds a new pod must have been ready before the next one is replaced.',
      },
      ...podSettings,
      affinity: { type: 'object', description: 'Affinity of the pods.' },
      spread: { type: 'boolean', description: 'Spreads the replicas over nodes and, where possible, over zones.' },
      ...containerSettings,
      resources,
    }),
    description: 'The replicas that answer queries.',
  },
  podDisruptionBudget: {
    ...group({
      enabled: { type: 'boolean', description: 'Limits how many replicas may be evicted at once, for example by draining nodes.' },
      maxUnavailable: { ...countOrPercent, description: 'How many replicas may be unavailable, as a number or a percentage.' },
    }),
    required: ['maxUnavailable'],
  },
  service: group({
    name: {
      ...serviceName,
      description: "Name of the Service; by default the chart's full name. `kube-dns` takes over the existing Service (docs/migrating.md).",
    },
    clusterIP: {
      ...addressOrNothing,
      description:
        "Address of the Service, which kubelets write into the pods' resolv.conf; by default the cluster chooses one. A Service with a given address is kept when the release is uninstalled.",
    },
    clusterIPs: { type: 'array', items: ipAddress, description: 'Addresses of the Service in a dual-stack cluster.' },
    ipFamilyPolicy: oneOf(
      'Whether the Service has addresses of both IP families.',
      '',
      'SingleStack',
      'PreferDualStack',
      'RequireDualStack',
    ),
    ipFamilies: {
      type: 'array',
      items: { enum: ['IPv4', 'IPv6'] },
      description: 'IP families of the Service; the clusterIP belongs to the first.',
    },
    type: oneOf(
      'Type of the Service. If it can be reached from outside (NodePort, LoadBalancer), it has no port `metrics`; a separate Service has that.',
      'ClusterIP',
      'NodePort',
      'LoadBalancer',
    ),
    externalTrafficPolicy: oneOf(
      'For NodePort and LoadBalancer. `Local` keeps the addresses of clients, on which access rules, limits and `forward-allow` depend; with `Cluster` a client from outside appears as a node and is answered like one.',
      'Local',
      'Cluster',
    ),
    loadBalancerSourceRanges: {
      type: 'array',
      items: { type: 'string', pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$' },
      description: 'For LoadBalancer: networks whose clients may ask, where the provider supports it; empty for all.',
    },
    labels: { ...furtherLabels, description: 'Labels of the Service; add `k8s-app: kube-dns` if other software selects it by that.' },
    annotations: {
      ...texts,
      description: 'Annotations of the Service; `prometheus.io/port` is added to `prometheus.io/scrape` unless given.',
    },
    trafficDistribution: oneOf(
      'Whether replicas close to the client are preferred; left out for Kubernetes 1.27 to 1.29, which have no such field.',
      '',
      'PreferClose',
      'PreferSameZone',
      'PreferSameNode',
    ),
  }),
  serviceAccount: group({
    create: { type: 'boolean', description: 'Creates a service account.' },
    name: nameOf("Name of the service account; by default the chart's full name."),
    annotations: { ...texts, description: 'Annotations of the service account.' },
  }),
  rbac: group({
    create: { type: 'boolean', description: 'Creates the roles and bindings that let the server list and watch what it answers for.' },
  }),
  tlsSecret: nameOf(
    'Secret of type kubernetes.io/tls, for `config.listen-tls` and `config.listen-https`. A renewed certificate is loaded without a restart.',
  ),
  cookieSecret: nameOf('Secret whose key `secret` holds 32 hexadecimal digits, so that all replicas use the same DNS cookies.'),
  snapshot: group({
    enabled: {
      type: 'boolean',
      description: 'Stores the last known state of the cluster, for a restart while the API server is unavailable.',
    },
    sizeLimit: { ...quantity, description: 'Size limit of the emptyDir.' },
    persistentVolumeClaim: group({
      enabled: {
        type: 'boolean',
        description: 'Stores the snapshot in a claim shared by the replicas instead of an emptyDir, which is deleted with its pod.',
      },
      existing: nameOf('Name of an existing claim to use.'),
      storageClassName: text('Storage class of the claim.'),
      accessModes: { ...accessModes, description: 'Access modes of the claim.' },
      size: { ...quantity, description: 'Size of the claim.' },
    }),
  }),
  autoscaling: group({
    mode: oneOf(
      'Scaling by CPU usage (HorizontalPodAutoscaler), in proportion to the size of the cluster, or off.',
      'off',
      'cpu',
      'proportional',
    ),
    minReplicas: { type: 'integer', minimum: 1, description: 'Minimum number of replicas.' },
    maxReplicas: { type: 'integer', minimum: 1, description: 'Maximum number of replicas.' },
    cpu: group({
      targetAverageUtilization: {
        type: 'integer',
        minimum: 1,
        maximum: 100,
        description: "Target for the replicas' average CPU usage, in percent of the requested CPU.",
      },
    }),
    proportional: group({
      image: group({
        repository: text('Image of the cluster-proportional-autoscaler; required in mode `proportional`.'),
        tag: text('Tag of that image.'),
      }),
      coresPerReplica: { type: 'integer', minimum: 1, description: 'CPU cores in the cluster per replica.' },
      nodesPerReplica: { type: 'integer', minimum: 1, description: 'Nodes in the cluster per replica.' },
      resources,
    }),
  }),
  networkPolicy: group({
    enabled: { type: 'boolean', description: "Allows queries, scrapes and the server's own connections, and nothing else." },
    clients: { ...networkPeers, description: 'Peers that may send queries; all if empty.' },
    scrapers: { ...networkPeers, description: 'Peers that may scrape metrics; all if empty.' },
    egressPorts: {
      type: 'array',
      items: group({ port, endPort: port, protocol: { enum: ['UDP', 'TCP'] } }),
      description: 'Ports of the API server and of upstreams; those in `config.upstream` and `config.zones` are added automatically.',
    },
  }),
  serviceMonitor: group({
    enabled: { type: 'boolean', description: 'Creates a ServiceMonitor for the Prometheus operator.' },
    labels: { ...furtherLabels, description: 'Labels by which Prometheus selects it.' },
    interval: { ...duration, description: 'Time between scrapes.' },
    scrapeTimeout: { ...duration, description: 'Timeout of a scrape.' },
    job: text('The job label; `kube-dns` for dashboards that expect that. For caches on nodes, `-node-local` is appended.'),
  }),
  prometheusRule: group({
    enabled: { type: 'boolean', description: 'Creates a PrometheusRule with the alerts of docs/runbook.md.' },
    labels: { ...furtherLabels, description: 'Labels by which Prometheus selects it.' },
    disabled: { ...strings, description: 'Names of alerts to leave out.' },
    runbooks: { type: 'string', minLength: 1, description: "URL of docs/runbook.md; the alerts' runbook_url starts with it." },
    additional: { ...rules, description: 'Additional rules.' },
  }),
  dashboard: group({
    enabled: { type: 'boolean', description: 'Creates a ConfigMap with the Grafana dashboard.' },
    namespace: nameOf("Namespace of the ConfigMap; by default the release's."),
    labels: { ...furtherLabels, description: "Labels by which Grafana's sidecar finds it." },
    annotations: { ...texts, description: "Annotations of the ConfigMap, for example the dashboard's folder." },
  }),
  nodeLocal: group({
    enabled: {
      type: 'boolean',
      description: "Runs a cache on every node. It queries the replicas over TCP for the cluster's names, and upstreams for all others.",
    },
    interface: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,14}$', description: 'Name of the dummy interface that gets the addresses.' },
    addresses: {
      type: 'array',
      minItems: 1,
      items: ipAddress,
      description:
        "Addresses that pods query: one for the kubelets' clusterDNS, and optionally the Service's clusterIP, to serve pods that already use it (only with kube-proxy in iptables or nftables mode).",
    },
    config: {
      ...group(Object.fromEntries(cacheOptions.map((name) => [name, { $ref: `#/properties/config/properties/${name}` }]))),
      description:
        'Config file of the caches: any option of docs/options.md that a file may have, except `listen` and those about the cluster, which caches do not watch. `upstream` and `forward-allow` default to those of the replicas; `zones` takes precedence over `nodeLocal.zones`.',
    },
    zones: {
      ...zoneNames,
      description:
        'Zones that are queried from the replicas, unless `nodeLocal.config.zones` has them; by default `cluster-domain`, `reverse-zones` and the zones of `zones` in `config`.',
    },
    upstreamClusterIP: {
      ...addressOrNothing,
      description: 'Address of the Service through which the caches reach the replicas; by default the cluster chooses one.',
    },
    setup: group({
      image: image('Image with sh, wget, iproute2 and iptables.'),
      interval: { type: 'integer', minimum: 1, description: 'Seconds between checks of the interface, the rules and the server.' },
      resources,
    }),
    ...podSettings,
    ...containerSettings,
    maxUnavailable: {
      ...countOrPercent,
      minimum: 1,
      pattern: '^[1-9][0-9]*%$',
      description: 'On how many nodes the cache may be replaced at the same time.',
    },
    resources,
  }),
};

function image(description: string): JsonSchema {
  return {
    ...group({
      repository: { type: 'string', pattern: '^[^\\s@]+$', description: 'Repository of the image.' },
      tag: text("Tag of the image; by default the chart's appVersion."),
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$', description: 'Digest of the image; takes precedence over the tag.' },
      pullPolicy,
    }),
    description,
  };
}

function text(description: string): JsonSchema {
  return { type: 'string', description };
}

function nameOf(description: string): JsonSchema {
  return { ...objectName, description };
}

function oneOf(description: string, ...values: readonly string[]): JsonSchema {
  return { type: 'string', enum: values, description };
}
