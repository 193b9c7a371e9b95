/** Generates a cluster of any size as Kubernetes objects, always the same for the same size. */
import type { KubernetesObject } from './api-server/history.ts';

export interface ClusterSize {
  readonly services: number;
  /** Endpoints per Service. */
  readonly endpoints: number;
  readonly namespaces?: number;
  /** Makes every nth Service headless; 0 makes none. */
  readonly headlessEvery?: number;
  /** Adds managedFields as long as a real API server's, which DNS does not use. */
  readonly managedFields?: boolean;
}

/** Maximum number of endpoints in an EndpointSlice (the controller's default). */
const SLICE = 100;

/** Yields Namespaces `ns-0`…, Services `svc-0`… spread over them, and their EndpointSlices with distinct endpoint addresses in 10.0.0.0/8. */
export function* largeCluster(size: ClusterSize): Iterable<KubernetesObject> {
  const { services, endpoints, namespaces = 100, headlessEvery = 10, managedFields = true } = size;
  const extra = managedFields ? { managedFields: MANAGED } : {};
  for (let index = 0; index < Math.min(namespaces, services); index++)
    yield {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `ns-${index}`, ...extra },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
  for (let index = 0; index < services; index++) {
    const namespace = `ns-${index % namespaces}`;
    const headless = headlessEvery > 0 && index % headlessEvery === 0;
    yield serviceOf(`svc-${index}`, namespace, headless ? 'None' : addressOf(0x0b, index), extra);
    for (let first = 0; first < endpoints; first += SLICE)
      yield sliceOf(index, namespace, first, Math.min(SLICE, endpoints - first), endpoints, headless, extra);
  }
}

function serviceOf(name: string, namespace: string, clusterIP: string, extra: object): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: name }, ...extra },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      selector: { app: name },
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
    },
    status: { loadBalancer: {} },
  };
}

function sliceOf(
  service: number,
  namespace: string,
  first: number,
  count: number,
  each: number,
  headless: boolean,
  extra: object,
): KubernetesObject {
  const name = `svc-${service}`;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${(first / SLICE).toString(36).padStart(5, '0')}`,
      namespace,
      generateName: `${name}-`,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        ...(headless && { 'service.kubernetes.io/headless': '' }),
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-11-22T05:38:15Z' },
      ...extra,
    },
    addressType: 'IPv4',
    endpoints: Array.from({ length: count }, (_, at) => ({
      addresses: [addressOf(0x0a, service * each + first + at)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${(first + at) % 100}`,
      targetRef: { kind: 'Pod', namespace, name: `${name}-${first + at}`, uid: '5f6b68ad-89a2-43af-847c-efdf2c48410c' },
      zone: `zone-${at % 3}`,
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  };
}

/** `first` is the first octet; leaves room for 2^24 addresses. */
function addressOf(first: number, index: number): string {
  return `${first}.${(index >> 16) & 0xff}.${(index >> 8) & 0xff}.${index & 0xff}`;
}

const MANAGED = [
  {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-11-22T05:38:15Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': {
        'f:labels': { '.': {}, 'f:app': {} },
        'f:annotations': { '.': {}, 'f:endpoints.kubernetes.io/last-change-trigger-time': {} },
      },
      'f:spec': {
        'f:internalTrafficPolicy': {},
        'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} } },
      },
    },
  },
];
