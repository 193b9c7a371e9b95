/** EndpointSlices (discovery.k8s.io/v1), slimmed to addresses, conditions, names and ports. */
import { isLabel } from '../cluster/labels.ts';
import { READY, SERVING, TERMINATING, type EndpointSlice } from '../cluster/model.ts';
import {
  addressOf,
  below,
  booleanOf,
  eachOf,
  fieldsOf,
  labelOf,
  leaveOutSome,
  textOf,
  wrong,
  type Fields,
  type LeaveOut,
  type Problem,
} from './fields.ts';
import { metadata } from './object-meta.ts';
import { packedEndpoints, type Endpoints } from './packed-endpoints.ts';
import { PORT, portsOf } from './ports.ts';
import { decode, each, flag, message, octetsOf, one, text, texts, type Message } from './protobuf.ts';
import type { Identity, Resource } from './resource.ts';

/** `podNames`: keep targetRef.name of endpoints that are Pods (the option endpoint-pod-names). */
export function endpointSlices(podNames: boolean): Resource<EndpointSlice> {
  return {
    name: 'endpointslices',
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    namespaced: true,
    metadataOnly: false,
    fieldSelector: '',
    selectable: true,
    neverEmpty: true,
    message: MESSAGE,
    slim: (object, identity, leaveOut) => slimEndpointSlice(object, identity, leaveOut, podNames),
  };
}

const SERVICE_NAME = 'kubernetes.io/service-name';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Endpoints are read from the message itself: packed, or else field by field. */
const MESSAGE: Message = message({
  metadata: metadata([SERVICE_NAME], [LAST_CHANGE]),
  addressType: text(4),
  ports: each(3, PORT),
});
const ENDPOINTS: Message = message({
  endpoints: each(
    2,
    message({
      addresses: texts(1),
      conditions: one(2, message({ ready: flag(1), serving: flag(2), terminating: flag(3) })),
      hostname: text(3),
      targetRef: one(4, message({ kind: text(1), name: text(3) })),
    }),
  ),
});

function slimEndpointSlice(object: Fields, identity: Identity, leaveOut: LeaveOut, withPodNames: boolean): EndpointSlice | undefined {
  const metadata = fieldsOf(object.metadata, 'metadata');
  const service = textOf(fieldsOf(metadata.labels, 'metadata.labels')[SERVICE_NAME], `metadata.labels[${SERVICE_NAME}]`);
  // A value that cannot be a Service's name, such as Web_1, counts as none: the slice was detached from its Service.
  if (!isLabel(service) || object.addressType === 'FQDN') return undefined;
  const addressSize = object.addressType === 'IPv4' ? 4 : object.addressType === 'IPv6' ? 16 : 0;
  if (addressSize === 0) throw wrong('addressType', object.addressType, 'IPv4, IPv6 or FQDN');

  const octets = octetsOf(object);
  const packed = octets === undefined || addressSize !== 4 ? undefined : packedEndpoints(octets, withPodNames);
  const { addresses, conditions, hostnames, podNames } =
    packed ??
    endpointsOf(octets === undefined ? object.endpoints : decode(octets, ENDPOINTS).endpoints, addressSize, leaveOut, withPodNames);
  return Object.freeze({
    key: identity.key,
    uid: identity.uid,
    resourceVersion: identity.resourceVersion,
    namespace: identity.namespace,
    name: identity.name,
    service,
    addressSize,
    addresses,
    conditions,
    hostnames,
    podNames,
    ports: portsOf(object.ports, 'ports', leaveOut, isNumberless),
    lastChange: timeOf(fieldsOf(metadata.annotations, 'metadata.annotations')[LAST_CHANGE]),
  });
}

function endpointsOf(endpoints: unknown, addressSize: number, leaveOut: LeaveOut, withPodNames: boolean): Endpoints {
  let addresses = '';
  let conditions = '';
  const hostnames: string[] = [];
  const podNames: string[] = [];
  const problems: Problem[] = [];
  const gather: LeaveOut = (problem) => problems.push(problem);
  eachOf(endpoints, 'endpoints', gather, (value, index) => {
    const endpoint = fieldsOf(value, '');
    const hostname = textOf(endpoint.hostname, 'hostname') === '' ? '' : labelOf(endpoint.hostname, 'hostname');
    const podName = withPodNames ? podNameOf(endpoint) : '';
    const bits = String.fromCharCode(conditionsOf(endpoint));
    const gatherHere: LeaveOut = (problem) => gather(below('endpoints', index, problem));
    eachOf(endpoint.addresses, 'addresses', gatherHere, (text) => {
      const octets = addressOf(text, '');
      if (octets.length !== addressSize) throw wrong('', text, `an ${addressSize === 4 ? 'IPv4' : 'IPv6'} address, as addressType says`);
      addresses += octets;
      conditions += bits;
      hostnames.push(hostname);
      podNames.push(podName);
    });
  });
  leaveOutSome(problems, conditions.length, leaveOut);
  return {
    addresses,
    conditions,
    hostnames: someNamed(hostnames),
    podNames: someNamed(podNames),
  };
}

/** Unset means ready, serving, not terminating (discovery/v1 EndpointConditions). */
function conditionsOf(endpoint: Fields): number {
  const { ready, serving, terminating } = fieldsOf(endpoint.conditions, 'conditions');
  return (
    (booleanOf(ready, 'conditions.ready', true) ? READY : 0) |
    (booleanOf(serving, 'conditions.serving', true) ? SERVING : 0) |
    (booleanOf(terminating, 'conditions.terminating', false) ? TERMINATING : 0)
  );
}

function podNameOf(endpoint: Fields): string {
  const target = fieldsOf(endpoint.targetRef, 'targetRef');
  return target.kind === 'Pod' ? textOf(target.name, 'targetRef.name') : '';
}

/** A port without a number means all ports and yields no SRV record. */
const isNumberless = ({ port }: Fields): boolean => port === undefined || port === null;

function someNamed(names: string[]): readonly string[] | undefined {
  return names.some((name) => name !== '') ? Object.freeze(names) : undefined;
}

/** An unreadable time costs only a latency sample: it reads as 0, like an absent one. */
function timeOf(value: unknown): number {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}
