/** Names made from Pods' addresses, `10-0-0-1.<namespace>.pod.<zone>`: not in the specification, but in every cluster since kube-dns. */
import { firstLabel, nameFromLabels, parentOf, type Name } from '../wire/name.ts';
import type { Node, Subtree } from '../zone/node.ts';
import { addressRRsets } from './address-rrsets.ts';
import { addressLabel, dashed, parseDashed } from './labels.ts';
import type { Octets } from './octets.ts';

/** Whether these names exist: never, for any address, or only for addresses that a Pod has. */
export type PodsMode = 'disabled' | 'insecure' | 'verified';

/** An address of a Pod, followed by `*` when it is the node's: a Pod with an address of its own may have the same. */
export type PodMember = string;

/**
 * `addresses`: those of the namespace's Pods, a set that may change while the subtree is in use; undefined when any address has a name. `unknown`:
 * whether the Pods are unknown for now.
 */
export function podSubtree(
  apex: Name,
  addresses: ReadonlySet<PodMember> | undefined,
  ttl: number,
  unknown = (): boolean => false,
): Subtree {
  const below = (name: Name): Node | undefined => (unknown() ? { name, rrsets: [], unknown: true } : podNode(name, apex, addresses, ttl));
  return {
    apex,
    nodeAt: (name) => (name === apex ? { name, rrsets: [] } : below(name)),
    nodes: () => podNodes(apex, addresses, ttl),
  };
}

/** Returns the names under which a verified Pod's address may have been asked for. */
export function podNames(apex: Name, address: Octets): Name[] {
  return [dashed(address), addressLabel(address)].map((label) => nameFromLabels([label], apex)).filter((name) => name !== undefined);
}

function podNode(name: Name, apex: Name, addresses: ReadonlySet<PodMember> | undefined, ttl: number): Node | undefined {
  if (parentOf(name) !== apex) return undefined;
  const label = firstLabel(name);
  const address = parseDashed(label);
  if (address === undefined) return undefined;
  // Of the many spellings of an IPv6 address only two are names of a verified Pod, so that all its names are known when it is removed.
  if (addresses !== undefined && !(hasPod(addresses, address) && (label === dashed(address) || label === addressLabel(address))))
    return undefined;
  return { name, rrsets: addressRRsets([address], ttl) };
}

function* podNodes(apex: Name, addresses: ReadonlySet<PodMember> | undefined, ttl: number): Generator<Node> {
  yield { name: apex, rrsets: [] };
  for (const member of addresses ?? []) {
    const address = member.length % 2 === 0 ? member : member.slice(0, -1);
    // Shown once where Pods of both kinds have it.
    if (address !== member && addresses!.has(address)) continue;
    const name = nameFromLabels([addressLabel(address)], apex);
    if (name !== undefined) yield { name, rrsets: addressRRsets([address], ttl) };
  }
}

function hasPod(addresses: ReadonlySet<PodMember>, address: Octets): boolean {
  return addresses.has(address) || addresses.has(`${address}*`);
}
