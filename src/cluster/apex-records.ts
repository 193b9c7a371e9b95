/** What every cluster's zone has at and near its apex: nameservers, the schema's version, and the names everything else stands below. */
import { Type } from '../wire/iana.ts';
import { nameFromLabels, nameToText, type Name } from '../wire/name.ts';
import { nameRdata, txtRdata, type Soa } from '../wire/rdata.ts';
import type { RRset } from '../wire/records.ts';
import type { Node, Subtree } from '../zone/node.ts';
import type { AddressIndex } from './address-index.ts';
import { addressRRsets } from './address-rrsets.ts';
import type { Octets } from './octets.ts';
import type { Holder } from './reverse-records.ts';
import { endpointNames, serviceName } from './service-records.ts';

/** Kubernetes DNS specification section 2.2. */
const SCHEMA_VERSION = '1.1.0';

/** CoreDNS's values, which are known everywhere; `ttl` in seconds. */
export function clusterSoa(clusterDomain: Name, ttl: number): Omit<Soa, 'serial'> {
  return {
    mname: below(clusterDomain, 'ns', 'dns'),
    rname: below(clusterDomain, 'hostmaster'),
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: ttl,
  };
}

/** The subtree at the zone's apex: all that hangs on no Service. `nameservers` is asked each time. */
export function apexSubtree(apex: Name, ownAddresses: readonly Octets[], ttl: number, nameservers: () => readonly RRset[]): Subtree {
  const fixed: Node[] = [
    { name: below(apex, 'svc'), rrsets: [] },
    { name: below(apex, 'pod'), rrsets: [] },
    { name: below(apex, 'dns-version'), rrsets: [{ type: Type.TXT, ttl, rdata: [txtRdata(SCHEMA_VERSION)] }] },
    { name: below(apex, 'dns'), rrsets: [] },
    { name: below(apex, 'ns', 'dns'), rrsets: addressRRsets(ownAddresses, ttl) },
  ];
  const byName = new Map(fixed.map((node) => [node.name, node]));
  const top = (): Node => ({ name: apex, rrsets: nameservers() });
  // Every name that a search path makes of an outside one is looked for here.
  return { apex, nodes: () => [top(), ...fixed], nodeAt: (name) => (name === apex ? top() : byName.get(name)) };
}

/**
 * NS of our zones: Services that one of our own addresses is an endpoint of, else `ns.dns.<clusterDomain>`. A cluster IP is not enough: on a node
 * where kube-proxy uses IPVS, the host holds those of every Service. Neither is an endpoint where we share the host's network with others, such as the
 * API server: a ClusterIP leads to us by port 53.
 */
export function nameserverRRset(ownAddresses: readonly Octets[], index: AddressIndex<Holder>, clusterDomain: Name, ttl: number): RRset {
  const names = new Set<Name>();
  for (const address of ownAddresses)
    for (const { service } of index.get(address)) {
      const name = serviceName(service, clusterDomain);
      const endpoints = name === undefined ? [] : endpointNames(service, name, address);
      if (name === undefined || endpoints.length === 0) continue;
      if (service.kind === 'clusterIP' && service.ports.some(({ port }) => port === 53)) names.add(name);
      else if (service.kind === 'headless') for (const endpoint of endpoints) names.add(endpoint);
    }
  if (names.size === 0) names.add(below(clusterDomain, 'ns', 'dns'));
  return { type: Type.NS, ttl, rdata: [...names].sort().map(nameRdata) };
}

/** Throws RangeError when the apex is so long that there is no room. */
function below(apex: Name, ...labels: string[]): Name {
  const name = nameFromLabels(labels, apex);
  if (name === undefined)
    throw new RangeError(`zone ${nameToText(apex)} is too long for ${labels.join('.')} below it; a name has at most 255 octets`);
  return name;
}
