/** What is known of the cluster: API objects slimmed to what an answer depends on. Small frozen values; no API object is kept. */

/** `namespace/name`, or the bare name of a Namespace. */
export type Key = string;

export interface ApiObject {
  readonly key: Key;
  /** Tells an object from its successor of the same name. Empty for manifests. */
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
  /** What DNS sees: NodePort and LoadBalancer are ClusterIP; `headless` is clusterIP None. */
  readonly kind: 'clusterIP' | 'headless' | 'externalName';
  /** Packed: 4 octets (IPv4) or 16 (IPv6) each; in the order of spec.clusterIPs. */
  readonly clusterIPs: readonly Uint8Array[];
  /** Without the trailing dot; '' unless kind is externalName. */
  readonly externalName: string;
  readonly ports: readonly Port[];
  readonly publishNotReadyAddresses: boolean;
}

/** Bits of `EndpointSlice.conditions`, one octet an address. */
export const READY = 1;
export const SERVING = 2;
export const TERMINATING = 4;

export interface EndpointSlice extends ApiObject {
  readonly namespace: string;
  readonly name: string;
  /** From the label kubernetes.io/service-name. A slice without it is not kept. */
  readonly service: string;
  /** Octets of one address: 4 or 16. Slices of addressType FQDN are not kept. */
  readonly addressSize: 4 | 16;
  /** All addresses, `addressSize` octets each, in the slice's order; an endpoint's further addresses follow its first. */
  readonly addresses: Uint8Array;
  /** READY | SERVING | TERMINATING, one octet an address (unset conditions resolved: ready, serving, not terminating). */
  readonly conditions: Uint8Array;
  /** `hostname` of each address's endpoint, '' where unset; undefined when none has one. */
  readonly hostnames: readonly string[] | undefined;
  /** targetRef.name of each address's endpoint where it is a Pod; undefined unless endpoint-pod-names is on. */
  readonly podNames: readonly string[] | undefined;
  /** Ports with a number only; a port without one gives no SRV record. */
  readonly ports: readonly Port[];
  /** endpoints.kubernetes.io/last-change-trigger-time, ms since 1970; 0 when absent. */
  readonly lastChange: number;
}

export interface Pod extends ApiObject {
  readonly namespace: string;
  readonly name: string;
  /** Every status.podIPs, packed. */
  readonly addresses: readonly Uint8Array[];
  /** Whether they are its node's, which others share: Pods of the host's network, what a node's cache asks, whoever is translated to the node. */
  readonly hostNetwork: boolean;
}

/** Where a source writes one kind of object. `replace` is atomic: what is not in `items` is gone. */
export interface Sink<T extends ApiObject> {
  replace(items: Iterable<T>): void;
  put(item: T): void;
  remove(key: Key): void;
}

/** Kinds of objects, as the sinks are named. */
export type Kind = 'namespaces' | 'services' | 'endpointSlices' | 'pods';

/** `shop.svc` and `shop.pod`: names below a namespace's. */
export type Branch = `${string}.${'svc' | 'pod'}`;

/** A sink for each kind; `pods` is fed only when they are verified. */
export interface ClusterSinks {
  readonly namespaces: Sink<Namespace>;
  readonly services: Sink<Service>;
  readonly endpointSlices: Sink<EndpointSlice>;
  readonly pods: Sink<Pod>;
  /** Pods may not be listed, and so will not come for now: what else there is need not wait for them. */
  readonly forgoPods?: () => void;
  /** A kind of one namespace may not be listed, and so will not come for now (true); or came after all (false). */
  readonly forgone?: (kind: Kind, namespace: string, is: boolean) => void;
}
