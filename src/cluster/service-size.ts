/** Counts the names and records that a Service has in the zone, without making them, which would take many times as long. */
import { MAX_NAME, nameFromText, type Name } from '../wire/name.ts';
import { endpointsByLabel, portNumbers } from './endpoints.ts';
import type { Port } from './model.ts';
import { addressesOf, type Octets } from './octets.ts';
import { portsOf, serviceName } from './service-records.ts';
import type { EndpointGroup, PublishedService } from './update.ts';

export interface ZoneCounts {
  readonly names: number;
  readonly records: number;
}

/** Octets of the longest label that an address is spelt as: eight groups of four digits. */
const LONGEST_ADDRESS = 39;

export const NOTHING: ZoneCounts = { names: 0, records: 0 };

/** Returns the counts for the nodes of `serviceSubtree`. */
export function countService(service: PublishedService, clusterDomain: Name): ZoneCounts {
  const { kind, clusterIPs, endpoints, externalName } = service;
  const apex = kind === 'unnamed' ? undefined : serviceName(service, clusterDomain);
  if (apex === undefined) return NOTHING;
  if (kind === 'externalName') return nameFromText(externalName) === undefined ? NOTHING : { names: 1, records: 1 };
  const fits = (...labels: string[]): boolean => labels.reduce((length, label) => length + 1 + label.length, apex.length) <= MAX_NAME;

  // The ports of the SRV records at each name: all at the Service's own, those of one name and protocol below it.
  const ports = namedPorts(portsOf(service));
  const wanted = [(): boolean => true, ...ports.filter(([, ...labels]) => fits(...labels)).map(([is]) => is)];
  const protocols = new Set(ports.map(([, , protocol]) => protocol));
  let names = wanted.length + [...protocols].filter((protocol) => fits(protocol)).length;
  let records = kind === 'clusterIP' ? new Set(clusterIPs).size : distinctAddresses(endpoints);
  if (kind === 'clusterIP') for (const is of wanted) records += new Set(service.ports.filter(is).map(({ port }) => port)).size;

  // SRV records at an endpoint's own name, and those of a headless Service that point at it.
  const countPorts = (groups: readonly EndpointGroup[]): number =>
    [() => true, ...(kind === 'headless' ? wanted : [])].reduce((sum, is) => sum + portNumbers(groups, is).size, 0);
  if (haveOwnNames(endpoints) && apex.length + 1 + LONGEST_ADDRESS <= MAX_NAME) {
    for (const group of endpoints) {
      names += sizeOf(group);
      records += sizeOf(group) * (1 + countPorts([group]));
    }
    return { names, records };
  }
  // Endpoints in the same groups have the same ports, and most are in a single group.
  const portsIn = new Map<readonly EndpointGroup[], number>();
  for (const [label, { addresses, groups }] of endpointsByLabel(endpoints)) {
    if (!fits(label)) continue;
    const count = portsIn.get(groups) ?? countPorts(groups);
    portsIn.set(groups, count);
    names++;
    records += count + (addresses.length === 1 ? 1 : new Set(addresses).size);
  }
  return { names, records };
}

/** Returns each distinct name and protocol, as a predicate and the two labels. */
function namedPorts(ports: readonly Port[]): [is: (port: Port) => boolean, label: string, protocol: string][] {
  const byLabels = new Map(ports.filter(({ name }) => name !== '').map((port) => [`_${port.name} _${port.protocol}`, port]));
  return Array.from(byLabels.values(), ({ name, protocol }) => [
    (port) => port.name === name && port.protocol === protocol,
    `_${name}`,
    `_${protocol}`,
  ]);
}

/** Whether each endpoint is named by its address and no address is in two groups, as usual: then there is nothing to look up. */
function haveOwnNames(groups: readonly EndpointGroup[]): boolean {
  return groups.every(({ labels }) => labels === undefined) && new Set(groups.map(({ addressSize }) => addressSize)).size === groups.length;
}

const sizeOf = ({ addresses, addressSize }: EndpointGroup): number => addresses.length / addressSize;

function distinctAddresses(groups: readonly EndpointGroup[]): number {
  if (haveOwnNames(groups)) return groups.reduce((sum, group) => sum + sizeOf(group), 0);
  const addresses = new Set<Octets>();
  for (const group of groups) for (const address of addressesOf(group.addresses, group.addressSize)) addresses.add(address);
  return addresses.size;
}
