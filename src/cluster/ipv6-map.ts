/** A map from IPv6 addresses, which also tells whether it has any that begin with given digits. */
import type { Octets } from './octets.ts';

export class IPv6Map<V> {
  #tree: Tree<V> = new Map();

  get isEmpty(): boolean {
    return this.#tree instanceof Map && this.#tree.size === 0;
  }

  get(address: Octets): V | undefined {
    return this.#leafOf(address)?.get(address);
  }

  set(address: Octets, value: V): void {
    const leaf = this.#leafOf(address);
    if (leaf?.has(address) === true) leaf.set(address, value);
    else this.#tree = withValue(this.#tree, 0, ownCopy(address), value);
  }

  delete(address: Octets): void {
    this.#tree = without(this.#tree, 0, address) ?? new Map();
  }

  /** `nibbles`: less than 32 hexadecimal digits. */
  hasWithin(nibbles: string): boolean {
    let tree: Tree<V> | undefined = this.#tree;
    for (const nibble of nibbles) {
      if (tree === undefined || tree instanceof Map) break;
      tree = tree[Number.parseInt(nibble, 16)];
    }
    if (!(tree instanceof Map)) return tree !== undefined;
    for (const address of tree.keys()) if (hexOf(address).startsWith(nibbles)) return true;
    return false;
  }

  addresses(): Iterable<Octets> {
    return addressesIn(this.#tree);
  }

  #leafOf(address: Octets): Leaf<V> | undefined {
    let tree: Tree<V> | undefined = this.#tree;
    for (let depth = 0; tree !== undefined && !(tree instanceof Map); depth++) tree = tree[nibbleAt(address, depth)];
    return tree;
  }
}

/**
 * Addresses with a common prefix. A leaf that grows beyond MAX_LEAF becomes a branch, with children by the next nibble, so that a lookup of any
 * prefix examines few addresses; a branch has at least one child.
 */
type Tree<V> = Leaf<V> | Branch<V>;
type Leaf<V> = Map<Octets, V>;
type Branch<V> = (Tree<V> | undefined)[];

const MAX_LEAF = 64;

/** `depth`: the number of leading nibbles that all addresses of `tree` share. */
function withValue<V>(tree: Tree<V>, depth: number, address: Octets, value: V): Tree<V> {
  if (tree instanceof Map) return tree.set(address, value).size > MAX_LEAF ? branchOf(tree, depth) : tree;
  const nibble = nibbleAt(address, depth);
  tree[nibble] = withValue(tree[nibble] ?? new Map(), depth + 1, address, value);
  return tree;
}

function branchOf<V>(leaf: Leaf<V>, depth: number): Branch<V> {
  const branch = new Array<Tree<V> | undefined>(16).fill(undefined);
  for (const [address, value] of leaf) withValue(branch, depth, address, value);
  return branch;
}

/** Returns undefined when nothing is left. */
function without<V>(tree: Tree<V> | undefined, depth: number, address: Octets): Tree<V> | undefined {
  if (tree === undefined) return undefined;
  if (tree instanceof Map) {
    tree.delete(address);
    return tree.size > 0 ? tree : undefined;
  }
  const nibble = nibbleAt(address, depth);
  tree[nibble] = without(tree[nibble], depth + 1, address);
  return tree.some((child) => child !== undefined) ? tree : undefined;
}

function* addressesIn<V>(tree: Tree<V> | undefined): Generator<Octets> {
  if (tree === undefined) return;
  if (tree instanceof Map) yield* tree.keys();
  else for (const child of tree) yield* addressesIn(child);
}

function nibbleAt(address: Octets, depth: number): number {
  const octet = address.charCodeAt(depth >> 1);
  return (depth & 1) === 0 ? octet >> 4 : octet & 15;
}

const hexOf = (address: Octets): string => Buffer.from(address, 'latin1').toString('hex');

/** Copies an address cut out of a list of many: V8 would keep the list as long as the slice. */
function ownCopy(address: Octets): Octets {
  return Buffer.from(address, 'latin1').toString('latin1');
}
