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

  // Endpoints in the same groups have the same ports, and most are in a single group.
  const portsIn = new Map<readonly EndpointGroup[], number>();
  for (const [label, { addresses, groups }] of endpointsByLabel(endpoints)) {
    if (!fits(label)) continue;
    let count = portsIn.get(groups);
    if (count === undefined) {
      // SRV records at its own name, and those of a headless Service that point at it.
      count = [() => true, ...(kind === 'headless' ? wanted : [])].reduce((sum, is) => sum + portNumbers(groups, is).size, 0);
      portsIn.set(groups, count);
    }
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

function distinctAddresses(groups: readonly EndpointGroup[]): number {
  const addresses = new Set<Octets>();
  for (const group of groups) for (const address of addressesOf(group.addresses, group.addressSize)) addresses.add(address);
  return addresses.size;
}
