/** Field numbers of the kinds that the fake API server has, copied from Kubernetes' generated.proto files; independent of those in src/. */

export type Type = 'string' | 'integer' | 'boolean' | 'map' | 'time' | 'int-or-string' | 'fields' | Fields;
/** `[number, type]`; a list of values repeats the field. */
export type Fields = { readonly [name: string]: readonly [number: number, type: Type] };

const ownerReference: Fields = {
  kind: [1, 'string'],
  name: [3, 'string'],
  uid: [4, 'string'],
  apiVersion: [5, 'string'],
  controller: [6, 'boolean'],
  blockOwnerDeletion: [7, 'boolean'],
};

const managedFields: Fields = {
  manager: [1, 'string'],
  operation: [2, 'string'],
  apiVersion: [3, 'string'],
  time: [4, 'time'],
  fieldsType: [6, 'string'],
  fieldsV1: [7, 'fields'],
  subresource: [8, 'string'],
};

export const objectMeta: Fields = {
  name: [1, 'string'],
  generateName: [2, 'string'],
  namespace: [3, 'string'],
  selfLink: [4, 'string'],
  uid: [5, 'string'],
  resourceVersion: [6, 'string'],
  generation: [7, 'integer'],
  creationTimestamp: [8, 'time'],
  deletionTimestamp: [9, 'time'],
  deletionGracePeriodSeconds: [10, 'integer'],
  labels: [11, 'map'],
  annotations: [12, 'map'],
  ownerReferences: [13, ownerReference],
  finalizers: [14, 'string'],
  managedFields: [17, managedFields],
};

export const listMeta: Fields = {
  selfLink: [1, 'string'],
  resourceVersion: [2, 'string'],
  continue: [3, 'string'],
  remainingItemCount: [4, 'integer'],
};

const servicePort: Fields = {
  name: [1, 'string'],
  protocol: [2, 'string'],
  port: [3, 'integer'],
  targetPort: [4, 'int-or-string'],
  nodePort: [5, 'integer'],
  appProtocol: [6, 'string'],
};

const serviceSpec: Fields = {
  ports: [1, servicePort],
  selector: [2, 'map'],
  clusterIP: [3, 'string'],
  type: [4, 'string'],
  externalIPs: [5, 'string'],
  sessionAffinity: [7, 'string'],
  loadBalancerIP: [8, 'string'],
  externalName: [10, 'string'],
  externalTrafficPolicy: [11, 'string'],
  publishNotReadyAddresses: [13, 'boolean'],
  ipFamilyPolicy: [17, 'string'],
  clusterIPs: [18, 'string'],
  ipFamilies: [19, 'string'],
  allocateLoadBalancerNodePorts: [20, 'boolean'],
  loadBalancerClass: [21, 'string'],
  internalTrafficPolicy: [22, 'string'],
  trafficDistribution: [23, 'string'],
};

const objectReference: Fields = {
  kind: [1, 'string'],
  namespace: [2, 'string'],
  name: [3, 'string'],
  uid: [4, 'string'],
  apiVersion: [5, 'string'],
  resourceVersion: [6, 'string'],
  fieldPath: [7, 'string'],
};

const endpoint: Fields = {
  addresses: [1, 'string'],
  conditions: [2, { ready: [1, 'boolean'], serving: [2, 'boolean'], terminating: [3, 'boolean'] }],
  hostname: [3, 'string'],
  targetRef: [4, objectReference],
  deprecatedTopology: [5, 'map'],
  nodeName: [6, 'string'],
  zone: [7, 'string'],
  hints: [8, { forZones: [1, { name: [1, 'string'] }], forNodes: [2, { name: [1, 'string'] }] }],
};

const endpointPort: Fields = { name: [1, 'string'], protocol: [2, 'string'], port: [3, 'integer'], appProtocol: [4, 'string'] };

const cause: Fields = { reason: [1, 'string'], message: [2, 'string'], field: [3, 'string'] };

const details: Fields = {
  name: [1, 'string'],
  group: [2, 'string'],
  kind: [3, 'string'],
  causes: [4, cause],
  retryAfterSeconds: [5, 'integer'],
  uid: [6, 'string'],
};

/** Of every kind, what is below `kind` and `apiVersion`. */
export const kinds: Readonly<Record<string, Fields>> = {
  Namespace: { metadata: [1, objectMeta], spec: [2, { finalizers: [1, 'string'] }], status: [3, { phase: [1, 'string'] }] },
  Service: { metadata: [1, objectMeta], spec: [2, serviceSpec], status: [3, { loadBalancer: [1, {}] }] },
  EndpointSlice: { metadata: [1, objectMeta], endpoints: [2, endpoint], ports: [3, endpointPort], addressType: [4, 'string'] },
  Pod: {
    metadata: [1, objectMeta],
    spec: [2, { containers: [2, { name: [1, 'string'], image: [2, 'string'] }], hostNetwork: [11, 'boolean'] }],
    status: [3, { phase: [1, 'string'], podIP: [6, 'string'], podIPs: [12, { ip: [1, 'string'] }] }],
  },
  PartialObjectMetadata: { metadata: [1, objectMeta] },
  Status: {
    metadata: [1, listMeta],
    status: [2, 'string'],
    message: [3, 'string'],
    reason: [4, 'string'],
    details: [5, details],
    code: [6, 'integer'],
  },
};
