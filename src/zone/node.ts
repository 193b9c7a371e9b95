/** Nodes of the domain name tree, and the subtrees a zone is changed by (RFC 1034 section 3.1). */
import type { Name } from '../wire/name.ts';
import type { LazyRRset } from '../wire/records.ts';

/** A name and its records. A node without records is an empty non-terminal: it exists (RFC 8020), and every type of it is NODATA. */
export interface Node {
  readonly name: Name;
  readonly rrsets: readonly LazyRRset[];
  /**
   * The names its SRV records point at, with their addresses, as they are read: thousands of them are made at one go, and not looked up one by one.
   * Undefined: they are looked up.
   */
  readonly targets?: Iterable<Node>;
  /** Whether there is such a name is not known now: nothing may be said of it. */
  readonly unknown?: boolean;
}

/**
 * A name and what is made below it: the unit in which a zone changes. Its nodes are made when they are asked for, since there are too many to
 * keep; the same name must give the same node until the subtree is replaced. Every name between a node and the zone's apex must be a node too.
 */
export interface Subtree {
  readonly apex: Name;
  /** The node at `name`, which is `apex` or below it; undefined: no such name. */
  nodeAt(name: Name): Node | undefined;
  /** Every node, for listing the zone. Those that exist only as a pattern (10-0-0-1.ns.pod) are left out. */
  nodes(): Iterable<Node>;
}

/** A subtree of nodes made beforehand. */
export function fixedSubtree(apex: Name, nodes: readonly Node[]): Subtree {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return { apex, nodeAt: (name) => byName.get(name), nodes: () => nodes };
}
