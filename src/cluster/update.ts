/** What the control thread tells the serving threads: changes of the cluster as DNS shows it. Plain values, posted as posted-update.ts packs them. */
import type { ZoneState } from '../zone/zone.ts';
import type { Branch, Key, Port } from './model.ts';
import type { AddressSize, Octets } from './octets.ts';

/** A Service joined with its EndpointSlices, reduced to what DNS shows and sorted, so that equal facts are equal values. */
export interface PublishedService {
  /** `namespace/name`. */
  readonly key: Key;
  readonly namespace: string;
  readonly name: string;
  /**
   * `unnamed`: there are slices, but no Service that can have a name (none at all, no address yet, or an ExternalName that is not a name). Its
   * addresses still have PTR records, as in CoreDNS.
   */
  readonly kind: 'clusterIP' | 'headless' | 'externalName' | 'unnamed';
  /** 4 or 16 octets each, in the order of spec.clusterIPs. */
  readonly clusterIPs: readonly Octets[];
  /** In presentation format; '' unless kind is externalName. */
  readonly externalName: string;
  /** Ports of a ClusterIP Service; those of other kinds are in their endpoints. */
  readonly ports: readonly Port[];
  /** Ready endpoints (or all, when not-ready ones are published), grouped by ports and family. */
  readonly endpoints: readonly EndpointGroup[];
}

export interface EndpointGroup {
  readonly addressSize: AddressSize;
  /** Sorted; an address appears twice when its endpoints have different labels. */
  readonly addresses: Octets;
  /** Label of each address, lower case, '' where it is made from the address; undefined when all are. */
  readonly labels: readonly string[] | undefined;
  readonly ports: readonly Port[];
}

/** `namespace/` and the octets of an address of a Pod in the namespace, followed by `*` when the address is the node's. */
export type PodAddress = string;

/** The difference between two sets. */
export interface SetChange<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export interface ClusterUpdate {
  /** SOA serial (RFC 1982) once this update is applied. */
  readonly serial: number;
  readonly state: ZoneState;
  /** New and changed Services. */
  readonly services: readonly PublishedService[];
  readonly removedServices: readonly Key[];
  readonly namespaces: SetChange<string>;
  /** Empty unless Pods are verified. */
  readonly pods: SetChange<PodAddress>;
  /** Pods must be verified but may not be listed, so that their names are unknown. */
  readonly podsUnknown?: true;
  /** Branches whose names are unknown, because a kind may not be listed in their namespace. */
  readonly unknown?: readonly Branch[];
}

/** Everything that is published, as a snapshot stores it. */
export interface PublishedState {
  readonly serial: number;
  readonly services: readonly PublishedService[];
  readonly namespaces: readonly string[];
  readonly pods: readonly PodAddress[];
  readonly podsUnknown?: true;
  readonly unknown?: readonly Branch[];
}
