/** The zones of a cluster, on a serving thread: an update adds and removes subtrees, all within one call. */
import { isWithin, nameFromLabels, type Name } from '../wire/name.ts';
import type { RRset } from '../wire/records.ts';
import { reverseName } from '../wire/reverse-name.ts';
import type { Node, Subtree } from '../zone/node.ts';
import { Zone } from '../zone/zone.ts';
import { AddressIndex } from './address-index.ts';
import { apexSubtree, clusterSoa, nameserverRRset } from './apex-records.ts';
import type { Branch, Key } from './model.ts';
import { fromOctets, sizeOf, toOctets, type Octets } from './octets.ts';
import { podNames, podSubtree, type PodMember, type PodsMode } from './pod-records.ts';
import { pointerChanges } from './pointer-changes.ts';
import { ancestors } from './reverse-name.ts';
import { reverseSubtree, type Holder } from './reverse-records.ts';
import { serviceName, serviceSubtree } from './service-records.ts';
import type { ClusterUpdate, PodAddress, PublishedService } from './update.ts';

export interface ClusterZonesOptions {
  readonly clusterDomain: Name;
  /** Apexes at or below in-addr.arpa and ip6.arpa; queries for names in them that are not the cluster's go to the next stage. */
  readonly reverseZones: readonly Name[];
  /** In seconds, as is `negativeTtl`. */
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly pods: PodsMode;
  /** Addresses at which clients reach us, also those of `ns.dns`; 4 or 16 octets each. */
  readonly ownAddresses: readonly Uint8Array[];
}

export class ClusterZones {
  readonly forward: Zone;
  readonly reverse: readonly Zone[];
  readonly #options: ClusterZonesOptions;
  readonly #holders = new Map<Key, Holder>();
  readonly #index = new AddressIndex<Holder>();
  /** Addresses of verified Pods, by namespace. */
  readonly #pods = new Map<string, Set<PodMember>>();
  #podsUnknown = false;
  #unknown: ReadonlySet<Branch> = new Set();
  readonly #namespacesAt = new Map<Octets, readonly string[]>();

  constructor(options: ClusterZonesOptions) {
    this.#options = options;
    const { clusterDomain, ttl, negativeTtl } = options;
    const ownAddresses = options.ownAddresses.map(toOctets);
    const nameservers = (): RRset[] => [nameserverRRset(ownAddresses, this.#index, clusterDomain, ttl)];
    const shared = { soa: clusterSoa(clusterDomain, ttl), soaTtl: ttl, negativeTtl };
    this.forward = new Zone({ ...shared, apex: clusterDomain, fallthrough: false });
    this.forward.replace([], [apexSubtree(clusterDomain, ownAddresses, ttl, nameservers)]);
    this.reverse = options.reverseZones.map((apex) => {
      const zone = new Zone({ ...shared, apex, fallthrough: true });
      zone.replace([], [reverseSubtree(apex, this.#index, clusterDomain, ttl, nameservers)]);
      return zone;
    });
  }

  get all(): readonly Zone[] {
    return [this.forward, ...this.reverse];
  }

  /** Whether a Service or an endpoint has an IPv6 address. */
  get hasIPv6(): boolean {
    return this.#index.hasIPv6;
  }

  /** Applies an update synchronously: a query sees all of it or nothing. Updates must be applied in the order they were posted. */
  apply(update: ClusterUpdate): void {
    this.#podsUnknown = update.podsUnknown === true;
    this.#unknown = new Set(update.unknown);
    const removed: Name[] = [];
    const added: Subtree[] = [];
    const reverse = new Set<Name>();
    this.#applyNamespaces(update, removed, added);
    for (const key of update.removedServices) this.#setService(key, undefined, removed, added, reverse);
    for (const service of update.services) this.#setService(service.key, service, removed, added, reverse);
    const pods = [...this.#setPods(update.pods.added, true), ...this.#setPods(update.pods.removed, false)];
    for (const namespace of update.namespaces.removed) if (this.#pods.get(namespace)?.size === 0) this.#pods.delete(namespace);
    this.forward.replace(removed, added, pods);
    for (const zone of this.reverse)
      zone.replace(
        [],
        [],
        [...reverse].filter((name) => isWithin(name, zone.apex)),
      );
    for (const zone of this.all) zone.mark(update.serial, update.state);
  }

  /** Adds and removes `<namespace>.svc`, and `<namespace>.pod` where Pods have names. */
  #applyNamespaces({ namespaces }: ClusterUpdate, removed: Name[], added: Subtree[]): void {
    const { clusterDomain, pods, ttl } = this.#options;
    for (const namespace of namespaces.removed) {
      removed.push(...namesBelow(clusterDomain, namespace).filter((name) => name !== undefined));
    }
    for (const namespace of namespaces.added) {
      const [svc, pod] = namesBelow(clusterDomain, namespace);
      // Joined once: each name that does not exist asks.
      const [svcBranch, podBranch]: [Branch, Branch] = [`${namespace}.svc`, `${namespace}.pod`];
      if (svc !== undefined) added.push(namespaceSubtree(svc, () => this.#unknown.has(svcBranch)));
      if (pod !== undefined && pods !== 'disabled') {
        const addresses = pods === 'verified' ? this.#podsOf(namespace) : undefined;
        added.push(podSubtree(pod, addresses, ttl, () => this.#podsUnknown || this.#unknown.has(podBranch)));
      }
    }
  }

  #setService(key: Key, after: PublishedService | undefined, removed: Name[], added: Subtree[], reverse: Set<Name>): void {
    const { clusterDomain, ttl } = this.#options;
    const holder = this.#holders.get(key);
    const before = holder?.service;
    this.#setPointers(holder, before, after, reverse);
    const subtree = after && serviceSubtree(after, clusterDomain, ttl);
    if (subtree !== undefined) added.push(subtree);
    else if (before !== undefined) {
      const apex = serviceName(before, clusterDomain);
      if (apex !== undefined) removed.push(apex);
    }
  }

  /** Updates the index, and adds the names whose PTR records changed to `reverse`. */
  #setPointers(
    held: Holder | undefined,
    before: PublishedService | undefined,
    after: PublishedService | undefined,
    reverse: Set<Name>,
  ): void {
    const holder = held ?? { service: after! };
    if (after === undefined) this.#holders.delete(before?.key ?? '');
    else {
      holder.service = after;
      this.#holders.set(after.key, holder);
    }
    if (before === undefined && this.forward.state === 'loading') {
      // Nothing is prepared before the first list, so there is nothing to compare.
      for (const { addresses, addressSize } of after?.endpoints ?? []) this.#index.add(addresses, addressSize, holder);
      for (const address of after?.clusterIPs ?? []) this.#index.add(address, sizeOf(address), holder);
      return;
    }
    const { added, removed, changed } = pointerChanges(before, after);
    for (const address of added) this.#index.add(address, sizeOf(address), holder);
    for (const address of removed) this.#index.remove(address, holder);
    for (const address of [...added, ...removed, ...changed]) this.#touch(address, reverse);
  }

  /**
   * Adds the address's name to `reverse` and, when its last holder is gone, those above it, which exist only with names below. Nothing is prepared
   * before the first list.
   */
  #touch(address: Octets, reverse: Set<Name>): void {
    if (this.forward.state === 'loading') return;
    const name = reverseName(fromOctets(address));
    reverse.add(name);
    if (this.#index.get(address).length === 0)
      for (const zone of this.reverse)
        if (isWithin(name, zone.apex)) for (const ancestor of ancestors(name, zone.apex)) reverse.add(ancestor);
  }

  /** Returns the namespace of the verified Pod at `address`; undefined for no Pod, several namespaces, or a node's address, which others share. */
  namespaceOf(address: Uint8Array): string | undefined {
    const namespaces = this.#namespacesAt.get(toOctets(address));
    return namespaces?.length === 1 ? namespaces[0] : undefined;
  }

  #setPods(addresses: readonly PodAddress[], exist: boolean): Name[] {
    return addresses.flatMap((podAddress) => {
      const slash = podAddress.indexOf('/');
      const namespace = podAddress.slice(0, slash);
      // An address has 4 or 16 octets, so an odd length ends with `*`.
      const isNodes = (podAddress.length - slash - 1) % 2 === 1;
      const address = podAddress.slice(slash + 1, isNodes ? -1 : undefined);
      const member = podAddress.slice(slash + 1);
      if (exist) this.#podsOf(namespace).add(member);
      else this.#podsOf(namespace).delete(member);
      if (!isNodes) this.#setNamespaceAt(address, namespace, exist);
      // Nothing is prepared before the first list.
      const pod = this.forward.state === 'loading' ? undefined : namesBelow(this.#options.clusterDomain, namespace)[1];
      return pod === undefined ? [] : podNames(pod, address);
    });
  }

  #setNamespaceAt(address: Octets, namespace: string, exists: boolean): void {
    const others = (this.#namespacesAt.get(address) ?? []).filter((other) => other !== namespace);
    if (exists) this.#namespacesAt.set(address, [...others, namespace]);
    else if (others.length > 0) this.#namespacesAt.set(address, others);
    else this.#namespacesAt.delete(address);
  }

  /** Returns the same set for as long as the namespace exists, since its subtree refers to it. */
  #podsOf(namespace: string): Set<PodMember> {
    let addresses = this.#pods.get(namespace);
    if (addresses === undefined) this.#pods.set(namespace, (addresses = new Set<PodMember>()));
    return addresses;
  }
}

/** The subtree of `<namespace>.svc`: below it, names in no Service's subtree do not exist, or are unknown. */
function namespaceSubtree(apex: Name, isUnknown: () => boolean): Subtree {
  const node: Node = { name: apex, rrsets: [] };
  const below = (name: Name): Node | undefined => (isUnknown() ? { name, rrsets: [], unknown: true } : undefined);
  return { apex, nodeAt: (name) => (name === apex ? node : below(name)), nodes: () => [node] };
}

function namesBelow(clusterDomain: Name, namespace: string): (Name | undefined)[] {
  return ['svc', 'pod'].map((kind) => nameFromLabels([namespace, kind], clusterDomain));
}
