/** An index from addresses to their holders, which also tells whether any address has a given prefix; the reverse zones are built on it. */
import { ipv4At, sizeOf, type AddressSize, type Octets } from './octets.ts';

/**
 * An IPv4 address as a signed number of 32 bits, an IPv6 address as its octets: V8 keeps such a number in place, but each string that is a Map's key as an
 * object and in its table of strings besides, which took a sixth of a serving thread's start with 150,000 endpoints.
 */
type Key = number | Octets;

/** Most addresses have one holder, which needs no array. */
type Holders<T> = T | readonly T[];

/**
 * Addresses with a common prefix. A leaf that grows beyond MAX_LEAF becomes a branch, with children by the next nibble, so that a lookup of any
 * prefix examines few addresses; a branch has at least one child.
 */
type Tree<T> = Leaf<T> | Branch<T>;
type Leaf<T> = Map<Key, Holders<T>>;
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
    const key = keyAt(address, 0, sizeOf(address));
    const holders = this.#leafOf(key)?.get(key);
    if (holders === undefined) return [];
    return isList(holders) ? holders : [holders];
  }

  /** Adds `holder` to each address in `addresses`, of `size` octets each. Those that it has already, it keeps. */
  add(addresses: Octets, size: AddressSize, holder: T): void {
    for (let at = 0; at < addresses.length; at += size) this.#add(keyAt(addresses, at, size), holder);
  }

  remove(address: Octets, holder: T): void {
    const before = this.get(address);
    const others = before.filter((other) => other !== holder);
    const size = sizeOf(address);
    const key = keyAt(address, 0, size);
    if (others.length > 0) this.#leafOf(key)!.set(key, others.length === 1 ? others[0]! : others);
    else if (before.length > 0) this.#trees[size] = without(this.#trees[size], 0, key) ?? new Map();
  }

  /** Reports whether an address of `size` octets begins with `nibbles` (hexadecimal digits). */
  hasWithin(size: AddressSize, nibbles: string): boolean {
    let tree: Tree<T> | undefined = this.#trees[size];
    for (const nibble of nibbles) {
      if (tree === undefined || tree instanceof Map) break;
      tree = tree[Number.parseInt(nibble, 16)];
    }
    if (!(tree instanceof Map)) return tree !== undefined;
    for (const key of tree.keys()) if (hexOf(key).startsWith(nibbles)) return true;
    return false;
  }

  /** Returns every address of `size` octets. */
  addresses(size: AddressSize): Iterable<Octets> {
    return addressesIn(this.#trees[size]);
  }

  #add(key: Key, holder: T): void {
    const leaf = this.#leafOf(key);
    const others = leaf?.get(key);
    const size = typeof key === 'number' ? 4 : 16;
    if (others === undefined) {
      if (leaf !== undefined && leaf.size < MAX_LEAF) leaf.set(ownCopy(key), holder);
      else this.#trees[size] = withHolders(this.#trees[size], 0, ownCopy(key), holder);
    } else if (!isList(others)) {
      if (others !== holder) leaf!.set(key, [others, holder]);
    } else if (!others.includes(holder)) leaf!.set(key, [...others, holder]);
  }

  #leafOf(key: Key): Leaf<T> | undefined {
    let tree: Tree<T> | undefined = this.#trees[typeof key === 'number' ? 4 : 16];
    for (let depth = 0; tree !== undefined && !(tree instanceof Map); depth++) tree = tree[nibbleAt(key, depth)];
    return tree;
  }
}

/** `depth`: the number of leading nibbles that all addresses of `tree` share. */
function withHolders<T>(tree: Tree<T>, depth: number, key: Key, holders: Holders<T>): Tree<T> {
  if (tree instanceof Map) return tree.set(key, holders).size > MAX_LEAF ? branchOf(tree, depth) : tree;
  const nibble = nibbleAt(key, depth);
  tree[nibble] = withHolders(tree[nibble] ?? new Map(), depth + 1, key, holders);
  return tree;
}

function branchOf<T>(leaf: Leaf<T>, depth: number): Branch<T> {
  const branch = new Array<Tree<T> | undefined>(16).fill(undefined);
  for (const [key, holders] of leaf) withHolders(branch, depth, key, holders);
  return branch;
}

/** Returns undefined when nothing is left. */
function without<T>(tree: Tree<T> | undefined, depth: number, key: Key): Tree<T> | undefined {
  if (tree === undefined) return undefined;
  if (tree instanceof Map) {
    tree.delete(key);
    return tree.size > 0 ? tree : undefined;
  }
  const nibble = nibbleAt(key, depth);
  tree[nibble] = without(tree[nibble], depth + 1, key);
  return tree.some((child) => child !== undefined) ? tree : undefined;
}

function* addressesIn<T>(tree: Tree<T> | undefined): Generator<Octets> {
  if (tree === undefined) return;
  if (tree instanceof Map) for (const key of tree.keys()) yield octetsOf(key);
  else for (const child of tree) yield* addressesIn(child);
}

function nibbleAt(key: Key, depth: number): number {
  if (typeof key === 'number') return (key >>> (28 - 4 * depth)) & 15;
  const octet = key.charCodeAt(depth >> 1);
  return (depth & 1) === 0 ? octet >> 4 : octet & 15;
}

/** Returns the key of the address that begins at `at`. */
function keyAt(addresses: Octets, at: number, size: AddressSize): Key {
  if (size === 16) return addresses.length === 16 ? addresses : addresses.slice(at, at + 16);
  return ipv4At(addresses, at);
}

function octetsOf(key: Key): Octets {
  return typeof key === 'number' ? String.fromCharCode(key >>> 24, (key >>> 16) & 0xff, (key >>> 8) & 0xff, key & 0xff) : key;
}

const hexOf = (key: Key): string => Buffer.from(octetsOf(key), 'latin1').toString('hex');

/** Copies an address cut out of a list of many: V8 would keep the list as long as the slice. */
function ownCopy(key: Key): Key {
  return typeof key === 'number' ? key : Buffer.from(key, 'latin1').toString('latin1');
}

function isList<T>(holders: Holders<T>): holders is readonly T[] {
  return Array.isArray(holders);
}
