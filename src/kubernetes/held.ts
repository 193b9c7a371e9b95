/** What a reflector holds of one collection, and the rules by which a newer state replaces an older one and never the reverse. */
import type { ApiObject, Key } from '../cluster/model.ts';
import type { Identity } from './resource.ts';
import { compareVersions, isOlder } from './resource-version.ts';

export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A complete list, gathered but not yet held. */
export interface Listing<T> {
  readonly items: Map<Key, T>;
  /** Objects that exist but give no value: not for DNS, or invalid. The last good value of an invalid one stays in `items`. */
  readonly aside: Map<Key, Version>;
}

/**
 * Deletions remembered, so that a repeated older event does not bring an object back. Reordering affects neighbouring events only: a year's pods need
 * not be remembered.
 */
const MOST_GONE = 4_096;

export class Held<T extends ApiObject> {
  /** The resourceVersion from which a watch resumes. */
  version = '';
  #items = new Map<Key, T>();
  #aside = new Map<Key, Version>();
  #gone = new Map<Key, string>();
  /** A state no newer than this was settled by a list, or by a deletion that is no longer remembered. */
  #floor = '';

  /** Returns the version known of an object, with or without a value. */
  versionOf(key: Key): Version | undefined {
    return this.#aside.get(key) ?? this.#items.get(key);
  }

  /** Returns the version of an object's deletion, as far back as deletions are remembered. */
  goneAt(key: Key): string | undefined {
    return this.#gone.get(key);
  }

  get items(): ReadonlyMap<Key, T> {
    return this.#items;
  }

  /** Yields every known object, with and without a value. */
  *keys(): Iterable<Key> {
    yield* this.#items.keys();
    for (const key of this.#aside.keys()) if (!this.#items.has(key)) yield key;
  }

  /** Whether an event describes a state of this object no newer than the known one. */
  isOld(identity: Identity, deleted: boolean): boolean {
    const { resourceVersion, key, uid } = identity;
    const known = this.versionOf(key);
    // A deletion normally carries its own resourceVersion; a server that sends the object's last one is accepted too.
    if (deleted && known?.uid === uid && resourceVersion !== '' && known.resourceVersion === resourceVersion) return false;
    const overFloor = compareVersions(resourceVersion, this.#floor);
    if (overFloor !== undefined && overFloor <= 0) return true;
    const last = known?.resourceVersion ?? this.#gone.get(key);
    const order = last === undefined ? undefined : compareVersions(resourceVersion, last);
    // A deletion with another uid is of an earlier object of that name. If it is newer than what is held, our object must be gone too, and its event
    // was missed.
    if (order === undefined) return deleted && known !== undefined && known.uid !== uid;
    return order <= 0;
  }

  put(item: T): void {
    this.#items.set(item.key, item);
    this.#aside.delete(item.key);
    this.#gone.delete(item.key);
  }

  /**
   * Records an object without a usable value: `keep` its last good one (it is invalid) or not (DNS has no use for it). Returns whether a value was
   * removed.
   */
  setAside({ key, uid, resourceVersion }: Identity, keep: boolean): boolean {
    this.#aside.set(key, { uid, resourceVersion });
    this.#gone.delete(key);
    return !keep && this.#items.delete(key);
  }

  /** Returns whether a value was removed. */
  remove({ key, resourceVersion }: Identity): boolean {
    this.#aside.delete(key);
    this.#gone.set(key, resourceVersion);
    if (this.#gone.size > MOST_GONE) this.#forgetOldestDeletion();
    return this.#items.delete(key);
  }

  /** Never moves backwards or to '': an event that comes late or without a version does not change where to resume. */
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
