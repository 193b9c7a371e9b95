/** What a reflector holds of one collection, and the rules by which a newer state replaces an older one and never the other way. */
import type { ApiObject, Key } from '../cluster/model.ts';
import type { Identity } from './resource.ts';
import { compareVersions, isOlder } from './resource-version.ts';

export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A complete list on its way to be held. */
export interface Listing<T> {
  readonly items: Map<Key, T>;
  /** Objects that are there but give no value: not for DNS, or invalid. An invalid one's last good value stands in `items`. */
  readonly aside: Map<Key, Version>;
}

/**
 * Deletions remembered so that a repeated older event does not bring an object back. Reordering is a matter of neighbouring events; pods of a year must not
 * be remembered.
 */
const MOST_GONE = 4_096;

export class Held<T extends ApiObject> {
  /** Where a watch resumes. */
  version = '';
  #items = new Map<Key, T>();
  #aside = new Map<Key, Version>();
  #gone = new Map<Key, string>();
  /** Whatever is not newer than this was settled by a list. */
  #floor = '';

  /** The version known of an object, whether it gave a value or not. */
  versionOf(key: Key): Version | undefined {
    return this.#aside.get(key) ?? this.#items.get(key);
  }

  /** The version of an object's deletion, as far back as they are remembered. */
  goneAt(key: Key): string | undefined {
    return this.#gone.get(key);
  }

  get items(): ReadonlyMap<Key, T> {
    return this.#items;
  }

  /** Every object known, with and without a value; one that has both comes twice. */
  *keys(): Iterable<Key> {
    yield* this.#items.keys();
    yield* this.#aside.keys();
  }

  /** Whether an event about this object tells of a state no newer than the one known. */
  isOld(identity: Identity, deleted: boolean): boolean {
    const { resourceVersion, key, uid } = identity;
    const overFloor = compareVersions(resourceVersion, this.#floor);
    if (overFloor !== undefined && overFloor <= 0) return true;
    const known = this.versionOf(key);
    const last = known?.resourceVersion ?? this.#gone.get(key);
    const order = last === undefined ? undefined : compareVersions(resourceVersion, last);
    // A deletion with another uid is of an earlier object of that name. If it is newer than what is held, ours must be gone too, and its event was missed.
    if (order === undefined) return deleted && known !== undefined && known.uid !== uid;
    // A deletion bears a version of its own; a server that leaves the object's is believed too.
    return deleted ? order < 0 : order <= 0;
  }

  put(item: T): void {
    this.#items.set(item.key, item);
    this.#aside.delete(item.key);
    this.#gone.delete(item.key);
  }

  /** The object is there, but its value is not: `keep` its last good one (it is invalid) or not (DNS has no use for it). True when a value went. */
  setAside({ key, uid, resourceVersion }: Identity, keep: boolean): boolean {
    this.#aside.set(key, { uid, resourceVersion });
    this.#gone.delete(key);
    return !keep && this.#items.delete(key);
  }

  /** True when a value went. */
  remove({ key, resourceVersion }: Identity): boolean {
    this.#aside.delete(key);
    this.#gone.set(key, resourceVersion);
    if (this.#gone.size > MOST_GONE) this.#forgetOldestDeletion();
    return this.#items.delete(key);
  }

  /** Never back, and never to nowhere: an event that comes late or without a version does not move the place to resume from. */
  advance(version: string): void {
    if (version !== '' && !isOlder(version, this.version)) this.version = version;
  }

  replace(listing: Listing<T>, version: string): void {
    this.#items = listing.items;
    this.#aside = listing.aside;
    this.#gone.clear();
    this.version = this.#floor = version;
  }

  #forgetOldestDeletion(): void {
    for (const [key, version] of this.#gone) {
      this.#gone.delete(key);
      if (!isOlder(version, this.#floor)) this.#floor = version;
      return;
    }
  }
}
