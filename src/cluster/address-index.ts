/** An index from addresses to their holders, which also tells whether any address has a given prefix; the reverse zones are built on it. */
import type { AddressSize, Octets } from './octets.ts';

/** Most addresses have one holder, which needs no array. */
type Holders<T> = T | readonly T[];

/**
 * Addresses with a common prefix. A leaf that grows beyond MAX_LEAF becomes a branch, with children by the next nibble, so that a lookup of any
 * prefix examines few addresses; a branch has at least one child.
 */
type Tree<T> = Leaf<T> | Branch<T>;
type Leaf<T> = Map<Octets, Holders<T>>;
type Branch<T> = (Tree<T> | undefined)[];

const MAX_LEAF = 64;

/** Holders are compared by identity and must not be arrays. */
export class AddressIndex<T extends object> {
  readonly #trees: Record<AddressSize, Tree<T>> = { 4: new Map(), 16: new Map() };

  get hasIPv6(): boolean {
    const tree = this.#trees[16];
    return !(tree instanceof Map) || tree.size > 0;
  }

  get(address: Octets): readonly T[] {
    const holders = this.#leafOf(address)?.get(address);
    if (holders === undefined) return [];
    return isList(holders) ? holders : [holders];
  }

  add(address: Octets, holder: T): void {
    const leaf = this.#leafOf(address);
    const others = leaf?.get(address);
    const size = sizeOf(address);
    if (others !== undefined) leaf!.set(address, isList(others) ? [...others, holder] : [others, holder]);
    else if (leaf !== undefined && leaf.size < MAX_LEAF) leaf.set(ownCopy(address), holder);
    else this.#trees[size] = withAddress(this.#trees[size], 0, ownCopy(address), holder);
  }

  remove(address: Octets, holder: T): void {
    const before = this.get(address);
    const others = before.filter((other) => other !== holder);
    const size = sizeOf(address);
    if (others.length > 0) this.#leafOf(address)!.set(address, others.length === 1 ? others[0]! : others);
    else if (before.length > 0) this.#trees[size] = withoutAddress(this.#trees[size], 0, address) ?? new Map();
  }

  /** Reports whether an address of `size` octets begins with `nibbles` (hexadecimal digits). */
  hasWithin(size: AddressSize, nibbles: string): boolean {
    let tree: Tree<T> | undefined = this.#trees[size];
    for (const nibble of nibbles) {
      if (tree === undefined || tree instanceof Map) break;
      tree = tree[Number.parseInt(nibble, 16)];
    }
    if (!(tree instanceof Map)) return tree !== undefined;
    for (const address of tree.keys()) if (Buffer.from(address, 'latin1').toString('hex').startsWith(nibbles)) return true;
    return false;
  }

  /** Returns every address of `size` octets. */
  addresses(size: AddressSize): Iterable<Octets> {
    return addressesIn(this.#trees[size]);
  }

  #leafOf(address: Octets): Leaf<T> | undefined {
    let tree: Tree<T> | undefined = this.#trees[sizeOf(address)];
    for (let depth = 0; tree !== undefined && !(tree instanceof Map); depth++) tree = tree[nibbleAt(address, depth)];
    return tree;
  }
}

/** `depth`: the number of leading nibbles that all addresses of `tree` share. */
function withAddress<T>(tree: Tree<T>, depth: number, address: Octets, holders: Holders<T>): Tree<T> {
  if (tree instanceof Map) return tree.set(address, holders).size > MAX_LEAF ? branchOf(tree, depth) : tree;
  const nibble = nibbleAt(address, depth);
  tree[nibble] = withAddress(tree[nibble] ?? new Map(), depth + 1, address, holders);
  return tree;
}

function branchOf<T>(leaf: Leaf<T>, depth: number): Branch<T> {
  const branch = new Array<Tree<T> | undefined>(16).fill(undefined);
  for (const [address, holders] of leaf) withAddress(branch, depth, address, holders);
  return branch;
}

/** Returns undefined when nothing is left. */
function withoutAddress<T>(tree: Tree<T> | undefined, depth: number, address: Octets): Tree<T> | undefined {
  if (tree === undefined) return undefined;
  if (tree instanceof Map) {
    tree.delete(address);
    return tree.size > 0 ? tree : undefined;
  }
  const nibble = nibbleAt(address, depth);
  tree[nibble] = withoutAddress(tree[nibble], depth + 1, address);
  return tree.some((child) => child !== undefined) ? tree : undefined;
}

function* addressesIn<T>(tree: Tree<T> | undefined): Generator<Octets> {
  if (tree === undefined) return;
  if (tree instanceof Map) yield* tree.keys();
  else for (const child of tree) yield* addressesIn(child);
}

function nibbleAt(address: Octets, depth: number): number {
  const octet = address.charCodeAt(depth >> 1);
  return (depth & 1) === 0 ? octet >> 4 : octet & 15;
}

const sizeOf = (address: Octets): AddressSize => (address.length === 4 ? 4 : 16);

/** Copies an address cut out of a list of many: V8 would keep the list as long as the slice, unless the slice has fewer than 13 characters. */
function ownCopy(address: Octets): Octets {
  return address.length < 13 ? address : Buffer.from(address, 'latin1').toString('latin1');
}

function isList<T>(holders: Holders<T>): holders is readonly T[] {
  return Array.isArray(holders);
}
