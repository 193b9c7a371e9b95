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
const pullPolicy = oneOf('When the image is pulled.', 'Always', 'IfNotPresent', 'Never');
const podSettings = {
  podLabels: { ...labels, description: 'Added to the labels of every pod.' },
  podAnnotations: { ...texts, description: 'Added to the annotations of every pod.' },
  priorityClassName: nameOf('Priority class of the pods.'),
  nodeSelector: { ...labels, description: 'Labels of nodes that take the pods.' },
  tolerations: { ...tolerations, description: 'Taints of nodes that the pods tolerate.' },
};

/** The chart joins them into one text, `name=upstream;name=upstream`. */
const zoneNames = { type: 'array', items: { type: 'string', pattern: '^[^,;=\\s]+$' } };
const containerSettings = {
  env: { ...environment, description: 'Environment variables of the container.' },
  volumes: {
    ...named,
    description: 'Volumes, for files that options name: blocklists, zones of an RPZ, hosts, authorities of upstreams.',
  },
  volumeMounts: { ...named, description: 'Where they are mounted.' },
};

/** Values that a parent chart passes, or checks by its `condition: kubezone.enabled`; not read here, and so not in values.yaml. */
const ofParents = {
  global: { type: 'object', description: 'Values of a parent chart; not read.' },
  enabled: { type: 'boolean', description: 'Whether a parent chart takes this one; not read.' },
} satisfies Record<string, JsonSchema>;
export const isOfParents = (name: string): boolean => Object.hasOwn(ofParents, name);

export const chartValues: Readonly<Record<string, JsonSchema>> = {
  ...ofParents,
  nameOverride: { ...serviceName, description: "Instead of the chart's name in names and labels." },
  fullnameOverride: { ...serviceName, description: 'Instead of the name that objects begin with, made of the release and the chart.' },
  labels: { ...labels, description: 'Added to the labels of every object.' },
  image: image('The image of kubezone.'),
  imagePullSecrets: { ...named, description: 'Secrets with which images are pulled, each as `name: …`.' },
  deployment: {
    ...group({
      replicas: { type: 'integer', minimum: 0, description: 'Replicas, unless autoscaling decides.' },
      annotations: { ...texts, description: 'Annotations of the Deployment.' },
      minReadySeconds: {
        type: 'integer',
        minimum: 0,
        description: 'Seconds for which a new pod must be ready before the next one is replaced.',
      },
      ...podSettings,
      affinity: { type: 'object', description: 'Affinity of the pods.' },
      spread: { type: 'boolean', description: 'Spreads the replicas over nodes, and over zones where that can be.' },
      ...containerSettings,
      resources,
    }),
    description: 'The replicas that answer.',
  },
  podDisruptionBudget: group({
    enabled: { type: 'boolean', description: 'Limits how many replicas a drain takes away at once.' },
    maxUnavailable: { ...countOrPercent, description: 'That many, or such a part.' },
  }),
  service: group({
    name: {
      ...serviceName,
      description: "Name of the Service; the chart's full name unless given. `kube-dns` takes over that one (docs/migrating.md).",
    },
    clusterIP: {
      ...addressOrNothing,
      description:
        'Its address, which the kubelets give to pods as their nameserver; chosen by the cluster unless given. A Service with a given one stays when the release goes.',
    },
    clusterIPs: { type: 'array', items: ipAddress, description: 'Its addresses in a dual-stack cluster.' },
    ipFamilyPolicy: oneOf('Whether it has addresses of both families.', '', 'SingleStack', 'PreferDualStack', 'RequireDualStack'),
    ipFamilies: { type: 'array', items: { enum: ['IPv4', 'IPv6'] }, description: 'Families, the first of which the clusterIP is of.' },
    type: oneOf(
      'Kind of Service. One that is open to the outside (NodePort, LoadBalancer) has no port `metrics`: a Service of its own has it.',
      'ClusterIP',
      'NodePort',
      'LoadBalancer',
    ),
    labels: { ...labels, description: 'Its labels; `k8s-app: kube-dns` where something looks for that.' },
    annotations: { ...texts, description: 'Its annotations; with `prometheus.io/scrape` goes the port, unless given.' },
    trafficDistribution: oneOf('Whether replicas near the client are preferred.', '', 'PreferClose', 'PreferSameZone', 'PreferSameNode'),
  }),
  serviceAccount: group({
    create: { type: 'boolean', description: 'Makes a service account.' },
    name: nameOf("Its name; the chart's full name unless given."),
    annotations: { ...texts, description: 'Its annotations.' },
  }),
  rbac: group({
    create: { type: 'boolean', description: 'Makes the roles that the server needs: to list and watch what it answers for.' },
  }),
  tlsSecret: nameOf(
    'Secret of type kubernetes.io/tls; with `config.listen-tls` or `config.listen-https`. A new certificate in it is taken up.',
  ),
  cookieSecret: nameOf('Secret whose key `secret` has 32 hexadecimal digits; with it all replicas give the same DNS cookies.'),
  snapshot: group({
    enabled: { type: 'boolean', description: 'Keeps what is known of the cluster for a restart while the API server is away.' },
    sizeLimit: { ...quantity, description: 'Most that an emptyDir may hold.' },
    persistentVolumeClaim: group({
      enabled: {
        type: 'boolean',
        description: 'Keeps it in a claim, shared by the replicas, and not in an emptyDir, which ends with its pod.',
      },
      existing: nameOf('Name of a claim that is there already.'),
      storageClassName: text('Storage class of the claim.'),
      accessModes: { ...accessModes, description: 'Access modes of the claim.' },
      size: { ...quantity, description: 'Size of the claim.' },
    }),
  }),
  autoscaling: group({
    mode: oneOf('By use of the CPU (HorizontalPodAutoscaler), by the size of the cluster, or off.', 'off', 'cpu', 'proportional'),
    minReplicas: { type: 'integer', minimum: 1, description: 'Replicas at least.' },
    maxReplicas: { type: 'integer', minimum: 1, description: 'Replicas at most.' },
    cpu: group({
      targetAverageUtilization: {
        type: 'integer',
        minimum: 1,
        maximum: 100,
        description: 'Part of the requested CPU, in percent, that replicas are to use on average.',
      },
    }),
    proportional: group({
      image: group({
        repository: text('Image of the cluster-proportional-autoscaler; needed for that mode.'),
        tag: text('Its tag.'),
      }),
      coresPerReplica: { type: 'integer', minimum: 1, description: 'Cores of the cluster to a replica.' },
      nodesPerReplica: { type: 'integer', minimum: 1, description: 'Nodes of the cluster to a replica.' },
      resources,
    }),
  }),
  networkPolicy: group({
    enabled: { type: 'boolean', description: 'Allows queries, scrapes and what the server asks itself, and nothing else.' },
    clients: { ...networkPeers, description: 'Peers that may ask; everybody while empty.' },
    scrapers: { ...networkPeers, description: 'Peers that may scrape; everybody while empty.' },
    egressPorts: {
      type: 'array',
      items: group({ port, endPort: port, protocol: { enum: ['UDP', 'TCP'] } }),
      description: 'Ports of the API server, and of upstreams; those of `config.upstream` and `config.zones` need not be named.',
    },
  }),
  serviceMonitor: group({
    enabled: { type: 'boolean', description: 'Has the Prometheus operator scrape.' },
    labels: { ...labels, description: 'Labels by which a Prometheus finds it.' },
    interval: { ...duration, description: 'Time between scrapes.' },
    scrapeTimeout: { ...duration, description: 'Time for one.' },
    job: text('The job label; `kube-dns` for dashboards made for that one. Caches on nodes have it with `-node-local` behind.'),
  }),
  prometheusRule: group({
    enabled: { type: 'boolean', description: 'Gives the Prometheus operator the alerts of docs/runbook.md.' },
    labels: { ...labels, description: 'Labels by which a Prometheus finds it.' },
    disabled: { ...strings, description: 'Names of alerts to leave out.' },
    runbooks: { type: 'string', minLength: 1, description: "Where docs/runbook.md can be read: the alerts' runbook_url begins with it." },
    additional: { ...rules, description: 'Rules to add.' },
  }),
  dashboard: group({
    enabled: { type: 'boolean', description: 'Makes a ConfigMap with the Grafana dashboard.' },
    namespace: nameOf("Its namespace; the release's unless given."),
    labels: { ...labels, description: 'Labels by which Grafana finds it.' },
    annotations: { ...texts, description: 'Its annotations, such as the folder it is shown in.' },
  }),
  nodeLocal: group({
    enabled: {
      type: 'boolean',
      description: "A cache on every node, which asks the replicas by TCP for the cluster's names and upstreams for the others.",
    },
    interface: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,14}$', description: 'Name of the dummy interface that holds the addresses.' },
    addresses: {
      type: 'array',
      minItems: 1,
      items: ipAddress,
      description:
        "What pods ask: one for the kubelets' clusterDNS, and beside it the Service's clusterIP to take over what pods ask already (kube-proxy in iptables or nftables mode only).",
    },
    config: {
      ...group(Object.fromEntries(cacheOptions.map((name) => [name, { $ref: `#/properties/config/properties/${name}` }]))),
      description:
        "Its config file: any of the options in docs/options.md but those of the cluster, which it does not watch, and listen; upstream, zones and forward-allow are the replicas' unless given.",
    },
    zones: { ...zoneNames, description: "Zones asked of the replicas; the config's cluster-domain and reverse-zones unless given." },
    upstreamClusterIP: {
      ...addressOrNothing,
      description: 'Address of the Service by which the replicas are reached; chosen by the cluster unless given.',
    },
    setup: group({
      image: image('Image with sh, wget, iproute2 and iptables.'),
      interval: { type: 'integer', minimum: 1, description: 'Seconds between two looks at the interface, the rules and the server.' },
      resources,
    }),
    ...podSettings,
    ...containerSettings,
    maxUnavailable: { ...countOrPercent, description: 'Nodes whose cache is replaced at once.' },
    resources,
  }),
};

function image(description: string): JsonSchema {
  return {
    ...group({
      repository: { type: 'string', pattern: '^[^\\s@]+$', description: 'Where it is pulled from.' },
      tag: text("Its tag; the chart's appVersion unless given."),
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$', description: 'Its digest, which wins over the tag.' },
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
