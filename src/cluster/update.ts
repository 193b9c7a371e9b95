/** What crosses from the control thread to the serving threads: the cluster as DNS shows it, and what of it changed. Plain, structured-cloneable values. */
import type { ZoneState } from '../zone/zone.ts';
import type { Branch, Key, Port } from './model.ts';
import type { AddressSize, Octets } from './octets.ts';

/** One Service joined with its EndpointSlices, cut to what DNS shows and put in one order: equal facts are equal values. */
export interface PublishedService {
  /** `namespace/name`. */
  readonly key: Key;
  readonly namespace: string;
  readonly name: string;
  /**
   * `unnamed`: there are slices, but no Service that could be a name (none at all, no address yet, an ExternalName that is no name). Its
   * addresses still point back, as CoreDNS has it.
   */
  readonly kind: 'clusterIP' | 'headless' | 'externalName' | 'unnamed';
  /** 4 or 16 octets each, as allotted. */
  readonly clusterIPs: readonly Octets[];
  /** Master-file text; '' unless kind is externalName. */
  readonly externalName: string;
  /** Ports of a ClusterIP Service; those of other kinds are their endpoints'. */
  readonly ports: readonly Port[];
  /** Ready endpoints (or all, when not-ready ones are published) that share ports and family. */
  readonly endpoints: readonly EndpointGroup[];
}

export interface EndpointGroup {
  readonly addressSize: AddressSize;
  /** Sorted; an address stands twice when its endpoints have different labels. */
  readonly addresses: Octets;
  /** Label of each address, lower case, '' where it is made of the address; undefined when all are. */
  readonly labels: readonly string[] | undefined;
  readonly ports: readonly Port[];
}

/** `namespace/` and the octets of an address that a Pod of the namespace has; a `*` behind them where the address is the node's. */
export type PodAddress = string;

/** Sets differ by these. */
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
  /** Pods are to be verified, and may not be listed: nothing may be said of their names. */
  readonly podsUnknown?: true;
  /** Likewise of these: one namespace's objects may not be listed. */
  readonly unknown?: readonly Branch[];
}

/** All that is published, as a snapshot keeps it. */
export interface PublishedState {
  readonly serial: number;
  readonly services: readonly PublishedService[];
  readonly namespaces: readonly string[];
  readonly pods: readonly PodAddress[];
  readonly podsUnknown?: true;
  readonly unknown?: readonly Branch[];
}
