/** Cases of values to render the chart with, from none to everything at once. */

export interface Case {
  readonly name: string;
  readonly values: object;
  /** Further values files in the chart's folder. */
  readonly files?: readonly string[];
}

const everything = {
  labels: { team: 'platform' },
  image: { repository: 'example/kubezone', digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
  imagePullSecrets: [{ name: 'pull' }],
  config: {
    ttl: 10,
    pods: 'verified',
    'listen-tls': [':853'],
    'listen-https': [':443'],
    'metrics-compat': 'coredns',
    'max-concurrent': 1_000_000,
    zones: { 'corp.example': ['10.0.0.53', 'tcp://10.0.0.54'] },
    'namespace-views': ['team-a sees own,shared'],
    blocklist: ['/etc/blocklist'],
    lameduck: '1m30s',
  },
  deployment: {
    annotations: { note: 'x' },
    podLabels: { 'k8s-app': 'kube-dns' },
    podAnnotations: { note: 'y' },
    affinity: { nodeAffinity: {} },
    env: [{ name: 'KUBEZONE_LOG_LEVEL', value: 'debug' }],
    volumes: [{ name: 'blocklist', configMap: { name: 'blocklist' } }],
    volumeMounts: [{ name: 'blocklist', mountPath: '/etc/blocklist' }],
  },
  service: {
    name: 'kube-dns',
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10', 'fd00:10:96::a'],
    ipFamilyPolicy: 'PreferDualStack',
    ipFamilies: ['IPv4', 'IPv6'],
    labels: { 'k8s-app': 'kube-dns' },
    trafficDistribution: 'PreferClose',
  },
  serviceAccount: { annotations: { note: 'z' } },
  tlsSecret: 'dns-tls',
  cookieSecret: 'dns-cookies',
  snapshot: { persistentVolumeClaim: { enabled: true, storageClassName: 'shared' } },
  networkPolicy: {
    enabled: true,
    clients: [{ ipBlock: { cidr: '10.244.0.0/16' } }],
    scrapers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, job: 'kube-dns' },
  prometheusRule: {
    enabled: true,
    labels: { release: 'prometheus' },
    disabled: ['KubezoneAnyFlood'],
    runbooks: 'https://runbooks.example/kubezone.md',
    additional: [{ record: 'kubezone:queries:rate5m', expr: 'sum(rate(kubezone_dns_requests_total[5m]))' }],
  },
  dashboard: { enabled: true, namespace: 'monitoring', annotations: { grafana_folder: 'DNS' } },
  nodeLocal: {
    enabled: true,
    addresses: ['169.254.20.10', '10.96.0.10', 'fd00:10:96::a'],
    upstreamClusterIP: '10.96.0.11',
    config: { zones: { 'corp.example': ['10.0.0.53'] }, upstream: ['tls://10.0.0.53'], 'upstream-ca': '/etc/authorities/ca.pem' },
    env: [{ name: 'KUBEZONE_LOG_LEVEL', value: 'debug' }],
    volumes: [{ name: 'authorities', secret: { secretName: 'authorities' } }],
    volumeMounts: [{ name: 'authorities', mountPath: '/etc/authorities', readOnly: true }],
    podLabels: { a: 'b' },
    podAnnotations: { note: 'w' },
  },
};

export const matrix: readonly Case[] = [
  { name: 'defaults', values: {} },
  { name: 'what a parent chart gives', values: { enabled: true, global: { imageRegistry: 'registry.example' } } },
  { name: 'small', values: {}, files: ['values-small.yaml'] },
  { name: 'medium', values: {}, files: ['values-medium.yaml'] },
  { name: 'large', values: {}, files: ['values-large.yaml'] },
  {
    name: 'autoscaled by size',
    values: { autoscaling: { mode: 'proportional', proportional: { image: { repository: 'example/autoscaler', tag: '1' } } } },
  },
  { name: 'node-local with nothing in its config', values: { nodeLocal: { enabled: true, config: null } } },
  { name: 'node-local', values: { nodeLocal: { enabled: true } } },
  {
    name: 'compat',
    values: {
      config: { 'metrics-compat': 'coredns', 'cache-authoritative': true },
      service: { name: 'kube-dns', clusterIP: '10.96.0.10' },
    },
  },
  { name: 'one namespace', values: { config: { namespaces: ['team-a', 'team-b'] } } },
  { name: 'other ports, one written alone', values: { config: { listen: ':5353', admin: ':9999' } } },
  {
    name: 'lists written as one text',
    values: {
      config: {
        listen: ':53, :5353',
        'listen-tls': ':853',
        'listen-https': ':443,:8443',
        'reverse-zones': 'in-addr.arpa, ip6.arpa',
        'forward-allow': '10.0.0.0/8, 192.0.2.0/24',
        namespaces: 'team-a, team-b',
        upstream: '10.0.0.53, 10.0.0.54',
        zones: { 'corp.example': '10.0.0.53, 10.0.0.54' },
      },
      tlsSecret: 'dns-tls',
      nodeLocal: { enabled: true, config: { zones: { 'other.example': '10.0.0.55, 10.0.0.56' } } },
    },
  },
  {
    name: 'open to the outside',
    values: { service: { type: 'LoadBalancer', annotations: { note: 'x' } }, config: { 'listen-tls': [':853'] }, tlsSecret: 'dns-tls' },
  },
  {
    name: 'all alerts of a group left out',
    values: { prometheusRule: { enabled: true, disabled: ['KubezoneKernelDrops', 'KubezoneEventLoopBlocked', 'KubezoneQueryLogLosing'] } },
  },
  { name: 'scraped once a day', values: { serviceMonitor: { enabled: true, interval: '1d', scrapeTimeout: '1h' } } },
  { name: 'autoscaled by CPU', values: { autoscaling: { mode: 'cpu' } } },
  {
    name: 'bare',
    values: {
      rbac: { create: false },
      serviceAccount: { create: false },
      snapshot: { enabled: false },
      podDisruptionBudget: { enabled: false },
      deployment: { spread: false },
    },
  },
  { name: 'everything', values: everything },
  {
    name: 'everything, IPv6 only',
    values: {
      ...everything,
      service: { ipFamilies: ['IPv6'] },
      nodeLocal: { enabled: true, addresses: ['fd00:169:254::a'], config: { admin: '[::1]:9253' } },
    },
  },
];

/** Values that the chart must refuse, and patterns that the error message must match. */
export const refused: readonly { readonly name: string; readonly values: object; readonly says: readonly RegExp[] }[] = [
  { name: 'an unknown option', values: { config: { 'cluser-domain': 'x' } }, says: [/config/, /cluser-domain/] },
  { name: 'an option out of range', values: { config: { ttl: -1 } }, says: [/config[./]ttl/, /0/] },
  { name: 'an option of another type', values: { config: { ttl: '30s' } }, says: [/config[./]ttl/, /integer/] },
  {
    name: 'a duration without its unit',
    values: { config: { lameduck: 5, 'watch-idle-limit': 1.5 } },
    says: [
      /config[./]lameduck': value must be 'a duration with its unit, such as 500ms, 5s,/,
      /watch-idle-limit': value must be 'a duration/,
    ],
  },
  { name: 'a word that is none of the choices', values: { config: { pods: 'some' } }, says: [/config[./]pods/, /verified/] },
  { name: 'an address without a port', values: { config: { admin: '0.0.0.0' } }, says: [/config[./]admin/] },
  { name: 'an unknown value', values: { replicas: 3 }, says: [/replicas/] },
  { name: 'a misspelt value', values: { service: { clusterIp: '10.96.0.10' } }, says: [/service/, /clusterIp/] },
  { name: 'a clusterIP that is none', values: { service: { clusterIP: 'kube-dns' } }, says: [/service[./]clusterIP/] },
  { name: 'a negative number of replicas', values: { deployment: { replicas: -1 } }, says: [/deployment[./]replicas/] },
  { name: 'memory that is no quantity', values: { deployment: { resources: { limits: { memory: '1 GB' } } } }, says: [/limits[./]memory/] },
  { name: 'a digest that is none', values: { image: { digest: 'latest' } }, says: [/image[./]digest/] },
  {
    name: 'an option of the node-local cache',
    values: { nodeLocal: { enabled: true, config: { 'cache-size': 'big' } } },
    says: [/nodeLocal[./]config[./]cache-size/],
  },
  {
    name: 'two zones of nodes as one',
    values: { nodeLocal: { enabled: true, zones: ['in-addr.arpa,ip6.arpa'] } },
    says: [/nodeLocal[./]zones[./]0/],
  },
  { name: 'node-local without an address', values: { nodeLocal: { enabled: true, addresses: [] } }, says: [/nodeLocal[./]addresses/] },
  { name: 'an upstream by its name', values: { config: { upstream: ['dns.example'] } }, says: [/config[./]upstream[./]0/, /dns\.example/] },
  {
    name: 'a zone led nowhere',
    values: { config: { zones: { 'corp.example': ['10.0.0.256'] } } },
    says: [/corp\.example/, /10\.0\.0\.256/],
  },
  {
    name: 'a zone with a star',
    values: { config: { zones: { '*.corp.example': ['10.0.0.53'] } } },
    says: [/config[./]zones/, /\*\.corp\.example/],
  },
  { name: 'a prefix that is too long', values: { config: { 'forward-allow': ['10.0.0.0/33'] } }, says: [/forward-allow/] },
  { name: 'a config taken away', values: { config: null }, says: [/missing property 'config'/] },
  { name: 'no admin address', values: { config: { admin: null } }, says: [/config\.admin is empty.*write :9153/] },
  {
    name: 'a scrape longer than the time between two',
    values: { serviceMonitor: { enabled: true, interval: '5s' } },
    says: [/serviceMonitor\.scrapeTimeout 10s is above serviceMonitor\.interval 5s/],
  },
  { name: 'no address to listen on', values: { config: { listen: [] } }, says: [/config\.listen is empty/] },
  { name: 'an address inside the pod', values: { config: { admin: '127.0.0.1:9153' } }, says: [/"127\.0\.0\.1:9153".*write :9153/] },
  { name: 'one port for both', values: { config: { listen: [':9153'] } }, says: [/config\.listen ":9153" and config\.admin ":9153"/] },
  {
    name: 'encrypted listeners without a certificate, and a TTL above the greatest, both at once',
    values: { config: { 'listen-tls': [':853'], 'cache-min-ttl': 60 } },
    says: [/config\.listen-tls needs tlsSecret/, /config\.cache-min-ttl is above config\.cache-max-ttl, which is 30/],
  },
  {
    name: 'views of unknown pods',
    values: { config: { 'namespace-views': ['a sees own'] } },
    says: [/namespace-views needs config\.pods: verified/],
  },
  {
    name: 'a source of the node-local cache',
    values: { nodeLocal: { enabled: true, config: { pods: 'verified' } } },
    says: [/nodeLocal[./]config/, /pods/],
  },
  {
    name: 'caches that would ask themselves',
    values: { nodeLocal: { enabled: true, addresses: ['10.96.0.11'], upstreamClusterIP: '10.96.0.11' } },
    says: [/nodeLocal\.upstreamClusterIP 10\.96\.0\.11 is one of nodeLocal\.addresses/],
  },
  {
    name: 'a file that nodes do not have',
    values: { nodeLocal: { enabled: true }, config: { upstream: ['tls://10.0.0.53'], 'upstream-ca': '/etc/ca.pem' } },
    says: [/config\.upstream-ca is a file/, /nodeLocal\.config\.upstream /, /nodeLocal\.volumes/],
  },
  {
    name: 'an encrypted listener on nodes without a certificate',
    values: { nodeLocal: { enabled: true, config: { 'listen-tls': [':853'] } } },
    says: [/nodeLocal\.config\.listen-tls needs nodeLocal\.config\.tls-cert and tls-key/],
  },
  { name: 'a Service nobody can ask', values: { service: { clusterIP: 'None' } }, says: [/service[./]clusterIP/] },
  {
    name: 'two first addresses',
    values: { service: { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.11'] } },
    says: [/service\.clusterIP 10\.96\.0\.10/],
  },
  {
    name: 'two addresses of a Service of one IP family',
    values: { service: { clusterIPs: ['10.96.0.10', 'fd00::a'] } },
    says: [/service\.clusterIPs .*service\.ipFamilyPolicy PreferDualStack or RequireDualStack/],
  },
  {
    name: 'two IP families of a Service of one',
    values: { service: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] } },
    says: [/service\.ipFamilies .*service\.ipFamilyPolicy PreferDualStack or RequireDualStack/],
  },
  { name: 'a name of no Service', values: { service: { name: 'kube.dns' } }, says: [/service[./]name/] },
  { name: 'a name of no Secret', values: { cookieSecret: 'Cookie_Secret' }, says: [/cookieSecret/] },
  { name: 'a label with a space', values: { deployment: { podLabels: { team: 'a b' } } }, says: [/podLabels[./]team/] },
  {
    name: 'a label that cannot be',
    values: { deployment: { podLabels: { 'a b': 'x' } } },
    says: [/at '\/deployment\/podLabels': .*'a b'/],
  },
  {
    name: "a label of the chart's own",
    values: { service: { labels: { 'app.kubernetes.io/name': 'x' } } },
    says: [/at '\/service\/labels\/app\.kubernetes\.io~1name': got string, want null/],
  },
  { name: 'a misspelt toleration', values: { deployment: { tolerations: [{ kye: 'x' }] } }, says: [/tolerations[./]0/, /kye/] },
  { name: 'a variable without a name', values: { deployment: { env: [{ value: 'x' }] } }, says: [/env[./]0/, /name/] },
  {
    name: 'more replicas at least than at most',
    values: { autoscaling: { mode: 'cpu', minReplicas: 9, maxReplicas: 3 } },
    says: [/minReplicas 9 is above .*maxReplicas 3/],
  },
  {
    name: 'a part of no CPU',
    values: { autoscaling: { mode: 'cpu' }, deployment: { resources: { requests: { cpu: null } } } },
    says: [/deployment\.resources\.requests\.cpu/],
  },
  { name: 'an alert that is none', values: { prometheusRule: { disabled: ['KubezoneDwn'] } }, says: [/there is no alert KubezoneDwn/] },
  { name: 'a rule without an expression', values: { prometheusRule: { additional: [{ alert: 'X' }] } }, says: [/additional[./]0/, /expr/] },
  {
    name: 'a peer that is no network',
    values: { networkPolicy: { clients: [{ ipBlock: { cidr: '10.0.0.0' } }] } },
    says: [/clients[./]0[./]ipBlock[./]cidr/],
  },
  {
    name: 'proportional without an image',
    values: { autoscaling: { mode: 'proportional' } },
    says: [/autoscaling\.proportional\.image\.repository is empty/],
  },
];
