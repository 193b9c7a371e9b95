/** PTR records of the cluster's addresses (Kubernetes DNS specification 1.1.0 sections 2.3.3 and 2.4.3). */
import { Type } from '../wire/iana.ts';
import { isWithin, type Name } from '../wire/name.ts';
import { nameRdata } from '../wire/rdata.ts';
import type { RRset } from '../wire/records.ts';
import { reverseName } from '../wire/reverse-name.ts';
import type { Node, Subtree } from '../zone/node.ts';
import type { AddressIndex } from './address-index.ts';
import { fromOctets, type Octets } from './octets.ts';
import { ancestors, readReverseName } from './reverse-name.ts';
import { endpointNames, serviceName } from './service-records.ts';
import type { PublishedService } from './update.ts';

/** Represents a Service in the index through all its changes. */
export interface Holder {
  service: PublishedService;
}

/** Builds the only subtree of a reverse zone. It changes with the index and is never replaced. `ttl` in seconds. */
export function reverseSubtree(
  apex: Name,
  index: AddressIndex<Holder>,
  clusterDomain: Name,
  ttl: number,
  nameservers: () => readonly RRset[],
): Subtree {
  const nodeAt = (name: Name): Node | undefined => {
    if (name === apex) return { name, rrsets: nameservers() };
    const prefix = readReverseName(name);
    if (prefix === undefined) return undefined;
    if (prefix.nibbles.length < prefix.size * 2) return index.hasWithin(prefix.size, prefix.nibbles) ? { name, rrsets: [] } : undefined;
    const targets = pointerTargets(Buffer.from(prefix.nibbles, 'hex').toString('latin1'), index, clusterDomain);
    return targets.length === 0 ? undefined : { name, rrsets: [{ type: Type.PTR, ttl, rdata: targets.map(nameRdata) }] };
  };
  const nodes = function* (): Generator<Node> {
    const names = new Set<Name>([apex]);
    for (const size of [4, 16] as const)
      for (const address of index.addresses(size)) {
        const name = reverseName(fromOctets(address));
        if (!isWithin(name, apex) || nodeAt(name) === undefined) continue;
        names.add(name);
        for (const ancestor of ancestors(name, apex)) names.add(ancestor);
      }
    for (const name of names) yield nodeAt(name)!;
  };
  return { apex, nodeAt, nodes };
}

/**
 * Returns the name of every Service with this cluster IP, and the names of the endpoint in headless Services (sections 2.3.3 and 2.4.3); when it is
 * no cluster IP, also its names in all other Services, as CoreDNS does.
 */
function pointerTargets(address: Octets, index: AddressIndex<Holder>, clusterDomain: Name): Name[] {
  const services = index
    .get(address)
    .map(({ service }) => service)
    .sort(byKey);
  const owns = ({ clusterIPs }: PublishedService): boolean => clusterIPs.includes(address);
  const owned = services.some(owns);
  return services.flatMap((service) => {
    const apex = serviceName(service, clusterDomain);
    if (apex === undefined) return [];
    if (owns(service)) return [apex];
    return owned && service.kind !== 'headless' ? [] : endpointNames(service, apex, address);
  });
}

const byKey = (a: PublishedService, b: PublishedService): number => (a.key < b.key ? -1 : 1);
