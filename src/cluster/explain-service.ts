/** Describes a Service and its EndpointSlices, and explains the answers to their names. */
import { formatAddress } from '../wire/address.ts';
import { Type } from '../wire/iana.ts';
import type { ClusterName } from './cluster-name.ts';
import { readiness, type EndpointExplanation, type ServiceExplanation } from './explanation.ts';
import { labelOf } from './endpoint-groups.ts';
import { joinService } from './join.ts';
import { addressLabel } from './labels.ts';
import { READY, SERVING, TERMINATING, type EndpointSlice, type Key, type Port, type Service } from './model.ts';
import { fromOctets } from './octets.ts';
import type { ClusterStore } from './store.ts';

/** Returns undefined when there is neither a Service nor a slice. */
export function describeService(store: ClusterStore, key: Key): ServiceExplanation | undefined {
  const service = store.services.get(key);
  const slices = store.slicesOf(key);
  if (service === undefined && slices.length === 0) return undefined;
  return {
    key,
    kind: service?.kind,
    clusterIPs: service?.clusterIPs.map((address) => formatAddress(fromOctets(address))) ?? [],
    externalName: service?.externalName ?? '',
    ports: service?.ports.map(portText) ?? [],
    publishNotReadyAddresses: service?.publishNotReadyAddresses ?? false,
    slices: slices.map((slice) => ({ name: slice.name, ports: slice.ports.map(portText), endpoints: endpointsOf(slice) })),
  };
}

/** Explains the answer to the Service's name, or to one below it. `found`: it has records of that type; `exists`: the name exists. */
export function serviceReasons(
  store: ClusterStore,
  { namespace, service: name, key, below }: ClusterName & { of: 'service' },
  type: number,
  found: boolean,
  exists: boolean,
): string[] {
  const service = store.services.get(key);
  const facts = describeService(store, key);
  if (service === undefined || facts === undefined) {
    const slices = store.slicesOf(key).length;
    return [
      `there is no Service "${name}" in namespace "${namespace}"${slices > 0 ? `, though EndpointSlices (${slices}) speak of it` : ''}`,
    ];
  }
  const { ready, all } = readiness(facts);
  const endpoints = `${ready} of ${all} endpoints ready`;
  if (service.kind === 'externalName') return aliasReasons(facts, type, found, exists, [...problemsOf(key, service, [])]);
  if (service.kind === 'clusterIP' && service.clusterIPs.length === 0) return ['no cluster IP is allotted to the Service yet'];
  const published = service.publishNotReadyAddresses ? all : ready;
  if (service.kind === 'headless' && published === 0) return [`${endpoints}: a headless Service without ready endpoints has no name`];
  if (found) return [service.kind === 'headless' ? endpoints : `cluster IP ${facts.clusterIPs.join(', ')}; ${endpoints}`];
  if (!exists) return [...belowReasons(facts, below), ...problemsOf(key, service, store.slicesOf(key))];
  return [noDataReason(facts, type, below), ...problemsOf(key, service, store.slicesOf(key))];
}

function aliasReasons(
  { externalName, key }: ServiceExplanation,
  type: number,
  found: boolean,
  exists: boolean,
  problems: string[],
): string[] {
  if (found) return [`${key} is an ExternalName Service: an alias of ${externalName}`];
  if (problems.length > 0) return problems;
  if (!exists) return [`${key} is an ExternalName Service: nothing is below its name`];
  if (type !== Type.A && type !== Type.AAAA) return ['an ExternalName Service is followed for types A and AAAA only'];
  return [`its target ${externalName} has no such record`];
}

/** Explains why a name below a Service that has names does not exist. */
function belowReasons(facts: ServiceExplanation, below: readonly string[]): string[] {
  const [first = '', second = ''] = below;
  if (below.length > 2) return ['names have at most two labels in front of the Service: a port and its protocol'];
  if (below.length === 2) {
    const needs = first.startsWith('_') && second.startsWith('_') ? '' : '; port and protocol need underscores, as in _http._tcp';
    return [
      `${facts.key} has no port named "${first.replace(/^_/, '')}" of protocol "${second.replace(/^_/, '')}"; ${whatHas(facts)} ${portsOf(facts)}${needs}`,
    ];
  }
  if (first.startsWith('_')) return [`${facts.key} has no named port of protocol "${first.slice(1)}"; ${whatHas(facts)} ${portsOf(facts)}`];
  const unready = facts.slices.flatMap(({ endpoints }) => endpoints).find(({ label, ready }) => label === first && !ready);
  if (unready !== undefined) return [`endpoint ${first} (${unready.address}) is not ready`];
  return [`no endpoint of ${facts.key} is named "${first}"`];
}

function noDataReason(facts: ServiceExplanation, type: number, below: readonly string[]): string {
  if (below.length === 2) return 'the name of a port has SRV records only';
  if (below[0]?.startsWith('_') === true) return `ports are below it: ${portsOf(facts, below[0])}`;
  const what = below.length === 0 ? 'the Service' : 'the name';
  if (type === Type.A) return `${what} has no IPv4 address`;
  if (type === Type.AAAA) return `${what} has no IPv6 address`;
  if (type === Type.SRV) return `${what} has no port`;
  return `${what} has records of types A, AAAA and SRV only`;
}

/** Lists the ports in SRV records: the Service's, or those of a headless one's published endpoints. `below`, such as `_tcp`: only its named ones. */
function portsOf({ kind, ports, slices, publishNotReadyAddresses: all }: ServiceExplanation, below = ''): string {
  const published = slices.filter(({ endpoints }) => endpoints.some(({ ready }) => ready || all));
  const some = new Set(kind === 'headless' ? published.flatMap((slice) => slice.ports) : ports);
  const wanted = [...some].filter((port) => below === '' || (port.includes(' ') && port.endsWith(`/${below.slice(1)}`)));
  return wanted.length === 0 ? 'no ports' : wanted.join(', ');
}

/** Returns the subject and verb for the list of `portsOf`. */
function whatHas({ kind, publishNotReadyAddresses: all }: ServiceExplanation): string {
  return kind !== 'headless' ? 'it has' : all ? 'its endpoints have' : 'its ready endpoints have';
}

function problemsOf(key: Key, service: Service, slices: readonly EndpointSlice[]): Set<string> {
  const problems = new Set<string>();
  joinService(key, service, slices, (problem) => problems.add(problem));
  return problems;
}

function endpointsOf(slice: EndpointSlice): EndpointExplanation[] {
  const { addressSize, addresses, conditions } = slice;
  return Array.from(conditions, (condition, index) => {
    const bits = condition.charCodeAt(0);
    const octets = addresses.slice(index * addressSize, (index + 1) * addressSize);
    return {
      address: formatAddress(fromOctets(octets)),
      label: labelOf(slice, index) || addressLabel(octets),
      ready: (bits & READY) !== 0,
      serving: (bits & SERVING) !== 0,
      terminating: (bits & TERMINATING) !== 0,
    };
  });
}

function portText({ name, port, protocol }: Port): string {
  return `${name && `${name} `}${port}/${protocol}`;
}
