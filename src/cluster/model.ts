/** The model of the cluster: API objects reduced to what answers depend on. Small frozen values; no API object is kept. */
import type { AddressSize, Octets } from './octets.ts';

/** `namespace/name`, or the bare name of a Namespace. */
export type Key = string;

export interface ApiObject {
  readonly key: Key;
  /** Distinguishes an object from a later one of the same name. Empty for manifests. */
  readonly uid: string;
  /** Decimal digits of any length; compare as strings, never as numbers (KEP-5504). Empty for manifests. */
  readonly resourceVersion: string;
}

export interface Namespace extends ApiObject {
  readonly name: string;
}

export interface Port {
  /** '' when unnamed. */
  readonly name: string;
  /** Lower case: tcp, udp, sctp. */
  readonly protocol: string;
  readonly port: number;
}

export interface Service extends ApiObject {
  readonly namespace: string;
  readonly name: string;
  /** The type as DNS sees it: NodePort and LoadBalancer are `clusterIP`; `headless` is a clusterIP of None. */
  readonly kind: 'clusterIP' | 'headless' | 'externalName';
  /** In the order of spec.clusterIPs. */
  readonly clusterIPs: readonly Octets[];
  /** Without the trailing dot; '' unless kind is externalName. */
  readonly externalName: string;
  readonly ports: readonly Port[];
  readonly publishNotReadyAddresses: boolean;
}

/** Bits of `EndpointSlice.conditions`, which has one character per address. */
export const READY = 1;
export const SERVING = 2;
export const TERMINATING = 4;

export interface EndpointSlice extends ApiObject {
  readonly namespace: string;
  readonly name: string;
  /** From the label kubernetes.io/service-name. A slice without it is not kept. */
  readonly service: string;
  /** Octets of one address: 4 or 16. Slices of addressType FQDN are not kept. */
  readonly addressSize: AddressSize;
  /** All addresses, `addressSize` octets each, in the slice's order; an endpoint's further addresses follow its first. */
  readonly addresses: Octets;
  /** READY | SERVING | TERMINATING, one character per address (unset conditions resolved: ready, serving, not terminating). */
  readonly conditions: string;
  /** `hostname` of each address's endpoint, '' where unset; undefined when none has one. */
  readonly hostnames: readonly string[] | undefined;
  /** targetRef.name of each address's endpoint where it is a Pod; undefined unless endpoint-pod-names is on. */
  readonly podNames: readonly string[] | undefined;
  /** Only ports with a number; a port without one has no SRV record. */
  readonly ports: readonly Port[];
  /** endpoints.kubernetes.io/last-change-trigger-time, ms since 1970; 0 when absent. */
  readonly lastChange: number;
}

export interface Pod extends ApiObject {
  readonly namespace: string;
  readonly name: string;
  /** Every one of status.podIPs. */
  readonly addresses: readonly Octets[];
  /** Whether the addresses are the node's, shared by Pods on the host network, a node-local cache, and clients translated to the node's address. */
  readonly hostNetwork: boolean;
}

/** Receives objects of one kind from a source. `replace` is atomic and removes what is not in `items`. */
export interface Sink<T extends ApiObject> {
  replace(items: Iterable<T>): void;
  put(item: T): void;
  remove(key: Key): void;
}

/** Kinds of objects, named as their sinks are. */
export type Kind = 'namespaces' | 'services' | 'endpointSlices' | 'pods';

/** A namespace's part of the zone: the names below `shop.svc`, or those below `shop.pod`. */
export type Branch = `${string}.${'svc' | 'pod'}`;

/** A sink for each kind; `pods` receives objects only when Pods are verified. */
export interface ClusterSinks {
  readonly namespaces: Sink<Namespace>;
  readonly services: Sink<Service>;
  readonly endpointSlices: Sink<EndpointSlice>;
  readonly pods: Sink<Pod>;
  /** Called when Pods may not be listed: they will not arrive for now, and nothing else need wait for them. */
  readonly forbidPods?: () => void;
  /** Called when a kind may not be listed in one namespace and will not arrive for now (`is` true), and when it arrives after all (false). */
  readonly setForbidden?: (kind: Kind, namespace: string, is: boolean) => void;
}
