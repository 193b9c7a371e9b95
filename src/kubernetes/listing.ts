/** Gathers a complete list object by object, keeping the very values that are held already; and judges whether to believe it. */
import type { ApiObject, Key } from '../cluster/model.ts';
import { Problem } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Held, Listing, Version } from './held.ts';
import { peek } from './peek.ts';
import { identityOf, parse } from './resource.ts';
import type { Resource } from './resource.ts';
import { isOlder } from './resource-version.ts';

export interface GatheringListing<T> extends Listing<T> {
  /** Takes over what is held of an object whose version did not change, told by its octets alone; false when it has to be parsed. */
  keep(octets: Uint8Array): boolean;
  add(object: Fields): void;
  /** A deletion before the list was complete. */
  remove(object: Fields): void;
}

export interface Complaints {
  readonly invalid: (message: string) => void;
  readonly leftOut: (message: string) => void;
}

/**
 * `invalid` is told of each object that cannot be read, whose last good value stays in the list; `leftOut` of each that is served but for a part. `anew`:
 * nothing is kept by its version, since the server may have given that version to something else, as one does that was restored from a backup.
 */
export function gatherListing<T extends ApiObject>(
  resource: Resource<T>,
  held: Held<T>,
  { invalid, leftOut }: Complaints,
  anew = false,
): GatheringListing<T> {
  const items = new Map<Key, T>();
  const aside = new Map<Key, Version>();
  /** Versions of deletions. */
  const gone = new Map<Key, string>();

  /** Whether something newer was told of the object while the list came. */
  const isOld = ({ key, resourceVersion }: Told): boolean =>
    isOlder(resourceVersion, (aside.get(key) ?? items.get(key))?.resourceVersion ?? gone.get(key) ?? '');

  function add(object: Fields): void {
    const identity = identityOf(object, resource.namespaced);
    const { key, uid, resourceVersion } = identity;
    if (isOld(identity) || keepUnchanged(identity)) return;
    const value = parse(resource, object, identity, leftOut);
    if (value instanceof Problem) {
      invalid(value.message);
      const good = held.versionOf(key)?.uid === uid ? held.items.get(key) : undefined;
      if (good !== undefined) items.set(key, good);
    } else if (value !== undefined) {
      items.set(key, value);
      aside.delete(key);
      return;
    } else items.delete(key);
    aside.set(key, { uid, resourceVersion });
  }

  /** The very value that is served already: a list of an unchanged cluster leaves no second copy of it. */
  function keepUnchanged({ key, uid, resourceVersion }: Told): boolean {
    const known = held.versionOf(key);
    if (anew || resourceVersion === '' || known?.uid !== uid || known.resourceVersion !== resourceVersion) return false;
    const good = held.items.get(key);
    if (good !== undefined) items.set(key, good);
    if (good?.resourceVersion === resourceVersion) aside.delete(key);
    else aside.set(key, known);
    return true;
  }

  return {
    items,
    aside,
    keep(octets) {
      const version = peek(octets);
      return version !== undefined && (isOld(version) || keepUnchanged(version));
    },
    add: (object) => named(resource, invalid, () => add(object)),
    remove: (object) =>
      named(resource, invalid, () => {
        const identity = identityOf(object, resource.namespaced);
        if (isOld(identity)) return;
        items.delete(identity.key);
        aside.delete(identity.key);
        gone.set(identity.key, identity.resourceVersion);
      }),
  };
}

/** Which state of which object is told of. */
type Told = Version & { readonly key: Key };

/** From this many objects on, losing more than half of them at once is no ordinary change. */
const MANY = 20;

/** What a list is held against. */
export interface Expected {
  /** The newest seen. */
  readonly version: string;
  /** How many objects were known. */
  readonly objects: number;
  /** Whether every cluster has some of what was asked for. */
  readonly neverEmpty: boolean;
}

/** Why a list of `version` with so many `objects` is not to be believed at once; '' when it is. */
export function suspicionOf(objects: number, version: string, expected: Expected): string {
  const known = expected.objects;
  if (isOlder(version, expected.version)) return `its version ${version} is older than ${expected.version}, which was seen before`;
  if (objects === 0 && (known > 0 || expected.neverEmpty)) return `it is empty; ${known} were known`;
  if (known >= MANY && objects < known / 2) return `it has ${objects} where ${known} were known`;
  return '';
}

/** An object without a readable name cannot even be set aside. */
function named(resource: Resource<ApiObject>, invalid: (message: string) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    invalid(`a ${resource.kind} without a readable name: ${error.message}`);
  }
}
