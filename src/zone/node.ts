/** Nodes of the domain name tree, and the subtrees in which a zone changes (RFC 1034 section 3.1). */
import type { Name } from '../wire/name.ts';
import type { LazyRRset } from '../wire/records.ts';

/** A name and its records. A node without records is an empty non-terminal: it exists (RFC 8020), and the answer for every type is NODATA. */
export interface Node {
  readonly name: Name;
  readonly rrsets: readonly LazyRRset[];
  /**
   * The targets of its SRV records with their addresses, made as they are read: one pass instead of a lookup for each of thousands.
   * Undefined: the targets are looked up.
   */
  readonly targets?: Iterable<Node>;
  /** Whether the name exists is not known at present, so queries for it get SERVFAIL. */
  readonly unknown?: boolean;
}

/**
 * A name and the nodes below it: the unit in which a zone changes. Nodes are made on demand, since there are too many to keep; a name must give
 * the same node until the subtree is replaced. Every name between a node and the zone's apex must be a node too.
 */
export interface Subtree {
  readonly apex: Name;
  /** The node at `name`, which is `apex` or below it; undefined if the name does not exist. */
  nodeAt(name: Name): Node | undefined;
  /** Every node, for listing the zone, except those that exist only by a pattern (10-0-0-1.ns.pod). */
  nodes(): Iterable<Node>;
}

/** Returns a subtree with exactly these nodes. */
export function fixedSubtree(apex: Name, nodes: readonly Node[]): Subtree {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return { apex, nodeAt: (name) => byName.get(name), nodes: () => nodes };
}
