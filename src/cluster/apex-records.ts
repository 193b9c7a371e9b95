/** The names at and near the apex of every cluster's zone: nameservers, the schema version, and the parents of all other names. */
import { Type } from '../wire/iana.ts';
import { nameFromLabels, nameToText, type Name } from '../wire/name.ts';
import { nameRdata, txtRdata, type Soa } from '../wire/rdata.ts';
import type { RRset } from '../wire/records.ts';
import type { Node, Subtree } from '../zone/node.ts';
import type { AddressIndex } from './address-index.ts';
import { addressRRsets } from './address-rrsets.ts';
import type { Octets } from './octets.ts';
import type { Holder } from './reverse-records.ts';
import { endpointNames, portsOf, serviceName } from './service-records.ts';

/** Kubernetes DNS specification section 2.2. */
const SCHEMA_VERSION = '1.1.0';

/** Returns the SOA fields that CoreDNS uses, which are known everywhere; `ttl` in seconds. */
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

/** Builds the subtree at the zone's apex: names that depend on no Service, and the NS records, which `nameservers` returns on each read. */
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
  // Every outside name that a search path completes with the zone is looked up here.
  return { apex, nodes: () => [top(), ...fixed], nodeAt: (name) => (name === apex ? top() : byName.get(name)) };
}

/**
 * Returns the NS records of our zones: the Services with one of our own addresses as an endpoint, else `ns.dns.<clusterDomain>`. Having the cluster
 * IP is not enough: with kube-proxy in IPVS mode, a node has those of every Service. Nor is being an endpoint: on the host's network we share addresses
 * with others, such as the API server and the kubelet, and a Service may lead to our metrics alone. It must have port 53, or its endpoints if headless.
 */
export function nameserverRRset(ownAddresses: readonly Octets[], index: AddressIndex<Holder>, clusterDomain: Name, ttl: number): RRset {
  const names = new Set<Name>();
  for (const address of ownAddresses)
    for (const { service } of index.get(address)) {
      const name = serviceName(service, clusterDomain);
      const endpoints = name === undefined ? [] : endpointNames(service, name, address);
      if (name === undefined || endpoints.length === 0 || !portsOf(service).some(({ port }) => port === 53)) continue;
      if (service.kind === 'clusterIP') names.add(name);
      else if (service.kind === 'headless') for (const endpoint of endpoints) names.add(endpoint);
    }
  if (names.size === 0) names.add(below(clusterDomain, 'ns', 'dns'));
  return { type: Type.NS, ttl, rdata: [...names].sort().map(nameRdata) };
}

/** Throws a RangeError when the name would be too long. */
function below(apex: Name, ...labels: string[]): Name {
  const name = nameFromLabels(labels, apex);
  if (name === undefined)
    throw new RangeError(`zone ${nameToText(apex)} is too long for ${labels.join('.')} below it; a name has at most 255 octets`);
  return name;
}
