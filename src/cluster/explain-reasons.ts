/** The reasons for the answer to a name, as sentences. */
import { Type } from '../wire/iana.ts';
import { labelsOf, nameFromLabels, nameToText, type Name } from '../wire/name.ts';
import type { Zone } from '../zone/zone.ts';
import type { ClusterName } from './cluster-name.ts';
import { serviceReasons } from './explain-service.ts';
import type { ServiceExplanation } from './explanation.ts';
import { addressLabel, parseDashed } from './labels.ts';
import type { Publisher } from './publisher.ts';
import { readReverseName } from './reverse-name.ts';
import type { ClusterZones, ClusterZonesOptions } from './zones.ts';

export interface ExplainOptions extends ClusterZonesOptions {
  /** The namespaces that are watched; all when empty or left out. */
  readonly namespaces?: readonly string[];
  /** Label selector of the objects that are watched; '' for all. */
  readonly selector?: string;
}

/** A question, and what was found for it. */
export interface Asked {
  readonly name: Name;
  readonly type: number;
  readonly publisher: Publisher;
  readonly options: ExplainOptions;
  readonly zones: ClusterZones;
  readonly found: boolean;
  readonly exists: boolean;
}

/** `places`: what the name refers to, and what its aliases lead to. */
export function placeReasons(places: readonly ClusterName[], asked: Asked): string[] {
  const { type, publisher, options, found, exists } = asked;
  const { store } = publisher;
  const unknown = unknownReason(places, publisher, found);
  if (unknown !== undefined) return [unknown];
  const place = places[0]!;
  if (place.of === 'nothing')
    return exists || found
      ? ['a name every cluster has']
      : [`names of the cluster end in svc.${nameToText(options.clusterDomain)} or pod.${nameToText(options.clusterDomain)}`];
  if ((place.of === 'pod' || (place.of === 'namespace' && place.branch === 'pod')) && options.pods === 'disabled')
    return ['Pods have no names here (--pods disabled)'];
  if (!store.hasNamespace(place.namespace)) return [namespaceReason(place.namespace, options)];
  if (place.of === 'namespace') return [`the name of namespace "${place.namespace}" has no records of its own`];
  return place.of === 'service' ? serviceReasons(store, place, type, found, exists) : [podReason(place, asked)];
}

/** Returns the reason for the first place that the answer depends on and of which nothing is known. */
function unknownReason(places: readonly ClusterName[], { store, podsUnknown, unknown }: Publisher, found: boolean): string | undefined {
  for (const place of places) {
    if (place.of === 'service' && !store.knowsServices(place.namespace))
      return `Services or EndpointSlices of namespace "${place.namespace}" may not be listed${found ? ': this is of a snapshot' : ', so its names are not known'}`;
    if (place.of === 'pod' && store.hasNamespace(place.namespace) && (podsUnknown || unknown.includes(`${place.namespace}.pod`)))
      return 'Pods may not be listed, so none can be verified (--pods verified)';
  }
  return undefined;
}

function namespaceReason(namespace: string, { namespaces = [] }: ExplainOptions): string {
  if (namespaces.length === 0 || namespaces.includes(namespace)) return `there is no namespace "${namespace}"`;
  return `namespace "${namespace}" is not served: it is not among --namespaces ${namespaces.join(',')}`;
}

function podReason({ namespace, labels }: ClusterName & { of: 'pod' }, { name, type, zones, options, found, exists }: Asked): string {
  const address = labels.length > 1 ? undefined : parseDashed(labels[0]!);
  if (address === undefined)
    return `"${labelsOf(name).slice(0, labels.length).join('.')}" is no address written with hyphens, such as 10-0-0-1`;
  if (found) return options.pods === 'verified' ? 'a Pod of the namespace has this address' : 'any address is a name (--pods insecure)';
  if (exists) return type === Type.A || type === Type.AAAA ? 'the address is of the other family' : 'the name has its address only';
  const spelt = nameFromLabels([addressLabel(address), namespace, 'pod'], options.clusterDomain);
  if (spelt !== undefined && zones.forward.nodeAt(spelt) !== undefined)
    return `a Pod of the namespace has this address, but its name spells it "${addressLabel(address)}" (--pods verified)`;
  return `no Pod of namespace "${namespace}" has this address (--pods verified)`;
}

/** Returns further reasons for a name that does not exist. */
export function absenceReasons([place]: readonly ClusterName[], { type, publisher, options: { selector = '' } }: Asked): string[] {
  const isNarrowed = selector !== '' && (place?.of === 'service' || place?.of === 'pod') && publisher.store.hasNamespace(place.namespace);
  return [
    ...(isNarrowed ? [`only what matches --selector "${selector}" is served`] : []),
    ...(type === Type.SOA ? ['asked for SOA it is answered NODATA, as who asks looks for the top of the zone'] : []),
  ];
}

/** Returns the reasons for a name outside the cluster's zone. `services`: those that have the address. */
export function addressReasons(name: Name, type: number, zone: Zone | undefined, services: readonly ServiceExplanation[]): string[] {
  if (zone === undefined) return ['the name lies in none of our zones'];
  if (name === zone.apex) return ['the name of a zone of ours'];
  const address = readReverseName(name);
  if (address === undefined) return ['the name spells no address'];
  if (address.nibbles.length < address.size * 2) return ['the name spells a part of an address only, which is for others to answer'];
  if (services.length > 0)
    return [`the address is of ${services.map(({ key }) => key).join(', ')}${type === Type.PTR ? '' : '; its name has PTR records only'}`];
  return ['no Service and no endpoint that is served has the address'];
}
