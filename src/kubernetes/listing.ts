/** Gathers a complete list object by object, reusing the values already held, and judges whether to accept it. */
import type { ApiObject, Key } from '../cluster/model.ts';
import { Problem, type Fields } from './fields.ts';
import type { Told } from './format.ts';
import type { Held, Listing, Version } from './held.ts';
import { identityOf, parse, type Resource } from './resource.ts';
import { isOlder } from './resource-version.ts';

export interface GatheringListing<T> extends Listing<T> {
  /** Reuses what is held of an object whose version did not change; returns false when the object has to be read. */
  keep(told: Told): boolean;
  add(object: Fields): void;
  /** Applies a deletion that comes before the list is complete. */
  remove(object: Fields): void;
}

export interface Complaints {
  readonly invalid: (message: string) => void;
  readonly leftOut: (message: string) => void;
}

/**
 * `invalid` gets each object that cannot be read, whose last good value stays in the list; `leftOut` gets each that is served without a part. `anew`:
 * nothing is reused by its version, since a server restored from a backup may have given that version to another state.
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

  /** Whether a newer state of the object came while the list was gathered. */
  const isOld = ({ key, resourceVersion }: Told): boolean =>
    isOlder(resourceVersion, (aside.get(key) ?? items.get(key))?.resourceVersion ?? gone.get(key) ?? '');

  function add(object: Fields): void {
    const identity = identityOf(object, resource.namespaced);
    const { key, uid, resourceVersion } = identity;
    if (isOld(identity) || keepUnchanged(identity)) return;
    const value = parse(resource, object, identity, leftOut);
    if (value instanceof Problem) {
      invalid(value.message);
      const good = items.get(key) ?? (held.versionOf(key)?.uid === uid ? held.items.get(key) : undefined);
      if (good !== undefined) items.set(key, good);
    } else if (value !== undefined) {
      items.set(key, value);
      aside.delete(key);
      return;
    } else items.delete(key);
    aside.set(key, { uid, resourceVersion });
  }

  /** Reuses the value already served: a list of an unchanged cluster leaves no second copy of it. */
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
    keep: (told) => isOld(told) || keepUnchanged(told),
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

/** From this many objects on, losing more than half of them at once is not an ordinary change. */
const MANY = 20;

/** What a list is checked against. */
export interface Expected {
  /** The newest resourceVersion seen. */
  readonly version: string;
  /** How many objects were known. */
  readonly objects: number;
  /** Whether every cluster has some of what was requested. */
  readonly neverEmpty: boolean;
}

/** Why a list of `version` with so many `objects` should not be accepted at once; '' when it should. */
export function suspicionOf(objects: number, version: string, expected: Expected): string {
  const known = expected.objects;
  const reasons: string[] = [];
  if (isOlder(version, expected.version)) reasons.push(`its version ${version} is older than ${expected.version}, which was seen before`);
  if (objects === 0 && (known > 0 || expected.neverEmpty)) reasons.push(`it is empty; ${known} were known`);
  else if (known >= MANY && objects < known / 2) reasons.push(`it has ${objects} where ${known} were known`);
  return reasons.join(', and ');
}

/** Reports an object without a readable name, which cannot even be set aside. */
export function named(resource: Resource<ApiObject>, invalid: (message: string) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    invalid(`a ${resource.kind} without a readable name: ${error.message}`);
  }
}
