/** The published state, compared with the cluster as it is now known; differences that DNS does not show do not count as changes. */
import { indexesOfAddress, type Octets } from './octets.ts';
import { Digest } from './digest.ts';
import type { Complain } from './clean-ports.ts';
import { joinService } from './join.ts';
import type { Key, Pod } from './model.ts';
import { sameService } from './same-service.ts';
import type { ClusterStore } from './store.ts';
import type { PodAddress, PublishedService, PublishedState } from './update.ts';

export class Published {
  readonly #services = new Map<Key, PublishedService>();
  readonly #namespaces = new Set<string>();
  readonly #pods = new Set<PodAddress>();
  readonly #digest = new Digest();
  #addresses = 0;

  /** The digest of Services, namespaces and Pod addresses; an integer below 2^48. */
  get digest(): number {
    return this.#digest.value;
  }

  /** How much is published. `addresses`: those of endpoints. */
  get counts(): { services: number; addresses: number; namespaces: number; pods: number } {
    return { services: this.#services.size, addresses: this.#addresses, namespaces: this.#namespaces.size, pods: this.#pods.size };
  }

  state(serial: number): PublishedState {
    return { serial, services: [...this.#services.values()], namespaces: [...this.#namespaces], pods: [...this.#pods] };
  }

  service(key: Key): PublishedService | undefined {
    return this.#services.get(key);
  }

  /** Returns the Services that have the address, as cluster IP or endpoint, sorted. */
  holdersOf(address: Octets): Key[] {
    const keys: Key[] = [];
    for (const { key, clusterIPs, endpoints } of this.#services.values()) {
      const isEndpoint = endpoints.some(
        ({ addressSize, addresses }) => addressSize === address.length && indexesOfAddress(addresses, address).next().done === false,
      );
      if (isEndpoint || clusterIPs.includes(address)) keys.push(key);
    }
    return keys.sort();
  }

  services(): Iterable<PublishedService> {
    return this.#services.values();
  }

  serviceKeys(): Iterable<Key> {
    return this.#services.keys();
  }

  namespaceNames(): Iterable<string> {
    return this.#namespaces;
  }

  podAddresses(): Iterable<PodAddress> {
    return this.#pods;
  }

  /** Records the Service as it is now. Returns false when DNS shows no difference. */
  setService(key: Key, after: PublishedService | undefined): boolean {
    const before = this.#services.get(key);
    if (before === after || (before !== undefined && after !== undefined && sameService(before, after))) return false;
    this.#digest.set(key, after);
    this.#addresses += addressCount(after) - addressCount(before);
    if (after === undefined) this.#services.delete(key);
    else this.#services.set(key, after);
    return true;
  }

  setNamespace(name: string, exists: boolean): boolean {
    return this.#setMember(this.#namespaces, name, exists);
  }

  setPod(address: PodAddress, exists: boolean): boolean {
    return this.#setMember(this.#pods, address, exists);
  }

  #setMember(set: Set<string>, member: string, exists: boolean): boolean {
    if (set.has(member) === exists) return false;
    if (exists) {
      set.add(member);
      this.#digest.add(member);
    } else {
      set.delete(member);
      this.#digest.remove(member);
    }
    return true;
  }
}

/** Returns the Service `key` as the store has it now. */
export function currentService(store: ClusterStore, key: Key, complain?: Complain): PublishedService | undefined {
  return joinService(key, store.services.get(key), store.slicesOf(key), complain);
}

export function podAddressesOf(pod: Pod | undefined): PodAddress[] {
  if (pod === undefined) return [];
  return pod.addresses.map((address) => `${pod.namespace}/${address}${pod.hostNetwork ? '*' : ''}`);
}

function addressCount(service: PublishedService | undefined): number {
  let count = 0;
  for (const { addresses, addressSize } of service?.endpoints ?? []) count += addresses.length / addressSize;
  return count;
}
