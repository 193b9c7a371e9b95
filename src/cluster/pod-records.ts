/** Names made of Pods' addresses, `10-0-0-1.<namespace>.pod.<zone>`: not of the specification, but of every cluster since kube-dns. */
import { firstLabel, nameFromLabels, parentOf, type Name } from '../wire/name.ts';
import type { Node, Subtree } from '../zone/node.ts';
import { addressRRsets } from './address-rrsets.ts';
import { addressLabel, dashed, parseDashed } from './labels.ts';
import type { Octets } from './octets.ts';

/** Whether there are such names, for any address or only for those that a Pod has. */
export type PodsMode = 'disabled' | 'insecure' | 'verified';

/** `addresses`: those of the namespace's Pods, and may change under the subtree; undefined: any address is one. `unknown`: they are not told for now. */
export function podSubtree(apex: Name, addresses: ReadonlySet<Octets> | undefined, ttl: number, unknown = (): boolean => false): Subtree {
  const below = (name: Name): Node | undefined => (unknown() ? { name, rrsets: [], unknown: true } : podNode(name, apex, addresses, ttl));
  return {
    apex,
    nodeAt: (name) => (name === apex ? { name, rrsets: [] } : below(name)),
    nodes: () => podNodes(apex, addresses, ttl),
  };
}

/** Names by which a verified Pod's address may have been asked. */
export function podNames(apex: Name, address: Octets): Name[] {
  return [dashed(address), addressLabel(address)].map((label) => nameFromLabels([label], apex)).filter((name) => name !== undefined);
}

function podNode(name: Name, apex: Name, addresses: ReadonlySet<Octets> | undefined, ttl: number): Node | undefined {
  if (parentOf(name) !== apex) return undefined;
  const label = firstLabel(name);
  const address = parseDashed(label);
  if (address === undefined) return undefined;
  // Of the many spellings of an IPv6 address a verified one has two, so that all its names are known when it goes.
  if (addresses !== undefined && !(addresses.has(address) && (label === dashed(address) || label === addressLabel(address))))
    return undefined;
  return { name, rrsets: addressRRsets([address], ttl) };
}

function* podNodes(apex: Name, addresses: ReadonlySet<Octets> | undefined, ttl: number): Generator<Node> {
  yield { name: apex, rrsets: [] };
  for (const address of addresses ?? []) {
    const name = nameFromLabels([addressLabel(address)], apex);
    if (name !== undefined) yield { name, rrsets: addressRRsets([address], ttl) };
  }
}
