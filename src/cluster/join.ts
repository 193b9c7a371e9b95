/** Joins a Service with its EndpointSlices, as DNS shows them (Kubernetes DNS specification 1.1.0 section 2). */
import { isIP } from 'node:net';
import { nameFromText, ROOT } from '../wire/name.ts';
import { READY, type EndpointSlice, type Key, type Port, type Service } from './model.ts';
import { isLabel, isPortName } from './labels.ts';
import { toOctets } from './octets.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

/** Receives a sentence about the object for each part that is left out. */
export type Complain = (problem: string) => void;

/**
 * Returns undefined when DNS shows nothing of the Service. `slices`: those of this Service only, in any order; `service` is undefined when there are
 * only slices.
 */
export function joinService(
  key: Key,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
  complain: Complain = () => {},
): PublishedService | undefined {
  const [namespace = '', name = ''] = key.split('/');
  if (!isLabel(namespace) || !isLabel(name)) {
    complain(`${key}: namespace and name must each be a DNS label (small letters, digits and inner hyphens, at most 63); it has no names`);
    return undefined;
  }
  const endpoints = groupEndpoints(slices, service?.publishNotReadyAddresses === true, complain);
  const published = { key, namespace, name, clusterIPs: [], externalName: '', ports: [], endpoints } as const;
  const kind = service === undefined ? 'unnamed' : kindOf(service, complain);
  if (kind === 'clusterIP')
    return { ...published, kind, clusterIPs: service!.clusterIPs.map(toOctets), ports: cleanPorts(service!.ports, complain) };
  if (kind === 'externalName') return { ...published, kind, externalName: service!.externalName.toLowerCase() };
  // Without endpoints, a headless Service is NXDOMAIN (specification section 2.4.1), and an unnamed one has no records at all.
  return endpoints.length === 0 ? undefined : { ...published, kind };
}

function kindOf(service: Service, complain: Complain): PublishedService['kind'] {
  const { kind, externalName } = service;
  if (kind === 'clusterIP' && service.clusterIPs.length === 0) return 'unnamed';
  if (kind !== 'externalName') return kind;
  if (isIP(externalName) !== 0)
    complain(`${service.key}: externalName ${externalName} is an IP address, which cannot be a CNAME's target; use a headless Service`);
  else if ((nameFromText(externalName) ?? ROOT) === ROOT)
    complain(`${service.key}: externalName "${externalName}" is no domain name (labels of 1 to 63 octets, 255 in all)`);
  else return kind;
  return 'unnamed';
}

/** Groups endpoints by ports and family. Address and label are one string, so that a single sort orders both and puts duplicates together. */
function groupEndpoints(slices: readonly EndpointSlice[], notReadyToo: boolean, complain: Complain): EndpointGroup[] {
  const groups = new Map<string, { slice: EndpointSlice; ports: Port[]; entries: string[] }>();
  for (const slice of slices) {
    const { addressSize: size, conditions } = slice;
    const ports = cleanPorts(slice.ports, complain, slice);
    const id = `${size} ${JSON.stringify(ports)}`;
    const group = groups.get(id) ?? { slice, ports, entries: [] };
    const octets = toOctets(slice.addresses);
    const named = slice.hostnames !== undefined || slice.podNames !== undefined;
    for (let i = 0; i < conditions.length; i++)
      if (notReadyToo || (conditions[i]! & READY) !== 0)
        group.entries.push(octets.slice(i * size, (i + 1) * size) + (named ? labelOf(slice, i, complain) : ''));
    if (group.entries.length > 0) groups.set(id, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { slice, ports, entries }]) => packGroup(slice, ports, sortedWithoutDuplicates(entries)));
}

function packGroup({ addressSize }: EndpointSlice, ports: readonly Port[], entries: readonly string[]): EndpointGroup {
  const labelled = entries.some((entry) => entry.length > addressSize);
  return {
    addressSize,
    addresses: (labelled ? entries.map((entry) => entry.slice(0, addressSize)) : entries).join(''),
    labels: labelled ? entries.map((entry) => entry.slice(addressSize)) : undefined,
    ports,
  };
}

/** Many times faster than a Set, which would hash every string. */
function sortedWithoutDuplicates(entries: string[]): string[] {
  return entries.sort().filter((entry, i) => entry !== entries[i - 1]);
}

/** Returns the endpoint's hostname, else its Pod's name where that is wanted and is a label, else '' for a label made from the address. */
export function labelOf(slice: EndpointSlice, index: number, complain: Complain = () => {}): string {
  const hostname = slice.hostnames?.[index]?.toLowerCase() ?? '';
  if (isLabel(hostname)) return hostname;
  if (hostname !== '') complain(`EndpointSlice ${slice.key}: hostname "${hostname}" is no DNS label; the endpoint is named by its address`);
  const podName = slice.podNames?.[index]?.toLowerCase() ?? '';
  return isLabel(podName) ? podName : '';
}

/** Sorts the ports and removes duplicates and invalid numbers. A name that cannot be a label is dropped, but its port kept. */
function cleanPorts(ports: readonly Port[], complain: Complain, slice?: EndpointSlice): Port[] {
  const clean = new Map<string, Port>();
  for (const { name: given, protocol: spelling, port } of ports) {
    const protocol = spelling.toLowerCase();
    const lower = given.toLowerCase();
    const name = isPortName(lower) && isPortName(protocol) ? lower : '';
    const where = slice === undefined ? 'port' : `EndpointSlice ${slice.key}: port`;
    if (given !== '' && name === '')
      complain(`${where} name "${given}" can be no SRV label (letters, digits and inner hyphens, at most 62); it has no SRV name`);
    if (Number.isInteger(port) && port > 0 && port <= 0xffff) clean.set(`${name} ${protocol} ${port}`, { name, protocol, port });
    else complain(`${where} number ${port} is not from 1 to 65535; it has no SRV record`);
  }
  return [...clean].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
}
