/** A cluster update as it is posted to a thread: tuples, of which V8 copies no property names, take half the time of objects on both sides. */
import type { Key, Port } from './model.ts';
import type { AddressSize, Octets } from './octets.ts';
import type { ClusterUpdate, EndpointGroup, PublishedService } from './update.ts';

export interface PostedUpdate extends Omit<ClusterUpdate, 'services'> {
  readonly services: readonly PostedService[];
}

type PostedService = readonly [Key, number, readonly Octets[], string, readonly Port[], readonly PostedGroup[]];
type PostedGroup = readonly [AddressSize, Octets, readonly string[] | undefined, readonly Port[]];

/** Kinds by the numbers they are posted as. */
const KINDS = ['clusterIP', 'headless', 'externalName', 'unnamed'] as const satisfies readonly PublishedService['kind'][];

export function toPosted(update: ClusterUpdate): PostedUpdate {
  return { ...update, services: update.services.map(postedService) };
}

export function fromPosted(update: PostedUpdate): ClusterUpdate {
  return { ...update, services: update.services.map(publishedService) };
}

function postedService({ key, kind, clusterIPs, externalName, ports, endpoints }: PublishedService): PostedService {
  return [key, KINDS.indexOf(kind), clusterIPs, externalName, ports, endpoints.map(postedGroup)];
}

function postedGroup({ addressSize, addresses, labels, ports }: EndpointGroup): PostedGroup {
  return [addressSize, addresses, labels, ports];
}

function publishedService([key, kind, clusterIPs, externalName, ports, groups]: PostedService): PublishedService {
  const slash = key.indexOf('/');
  return {
    key,
    namespace: key.slice(0, slash),
    name: key.slice(slash + 1),
    kind: KINDS[kind]!,
    clusterIPs,
    externalName,
    ports,
    endpoints: groups.map(([addressSize, addresses, labels, ports]) => ({ addressSize, addresses, labels, ports })),
  };
}
