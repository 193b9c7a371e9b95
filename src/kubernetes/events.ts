/** What the events of a watch do: while a list is gathered to that list, afterwards to what is held and to the sink. */
import type { ApiObject, Sink } from '../cluster/model.ts';
import { Failure } from './failure.ts';
import { fieldsOf, Problem, type Fields } from './fields.ts';
import type { Held } from './held.ts';
import { named, type Complaints, type GatheringListing } from './listing.ts';
import { INITIAL_EVENTS_END } from './object-meta.ts';
import type { EventType } from './observer.ts';
import { identityOf, parse, type Resource } from './resource.ts';
import { isOlder } from './resource-version.ts';

/** What events are applied to. */
export interface Applied<T extends ApiObject> {
  readonly resource: Resource<T>;
  readonly held: Held<T>;
  readonly sink: Sink<T>;
  readonly complaints: Complaints;
  /** Called for an event no newer than what is held. */
  readonly passedOver: () => void;
}

/** Returns true at the bookmark that completes the list. Any other bookmark before it shows that the server knows no streaming lists: it fails. */
export function gather<T>(resource: string, listing: GatheringListing<T>, type: EventType, object: Fields): boolean {
  if (type === 'BOOKMARK') {
    if (fieldsOf(fieldsOf(object.metadata, 'metadata').annotations, 'annotations')[INITIAL_EVENTS_END] === 'true') return true;
    throw new Failure('rejected', `list ${resource}: a bookmark without ${INITIAL_EVENTS_END}: no streaming list; asking for pages`);
  }
  if (type === 'DELETED') listing.remove(object);
  else listing.add(object);
  return false;
}

/** Fails at a bookmark that is behind what is held. */
export function apply<T extends ApiObject>(to: Applied<T>, type: EventType, object: Fields): void {
  if (type === 'BOOKMARK') advance(to, versionOf(object));
  else named(to.resource, to.complaints.invalid, () => change(to, type === 'DELETED', object));
}

export function versionOf(bookmark: Fields): string {
  const version = fieldsOf(bookmark.metadata, 'metadata').resourceVersion;
  return typeof version === 'string' ? version : '';
}

function advance<T extends ApiObject>({ resource, held }: Applied<T>, version: string): void {
  if (isOlder(version, held.version))
    throw new Failure('backwards', `watch ${resource.name}: a bookmark at ${version}, but ${held.version} was seen before`);
  held.advance(version);
}

function change<T extends ApiObject>({ resource, held, sink, complaints, passedOver }: Applied<T>, deleted: boolean, object: Fields): void {
  const identity = identityOf(object, resource.namespaced);
  if (held.isOld(identity, deleted)) {
    passedOver();
    return;
  }
  held.advance(identity.resourceVersion);
  const value = deleted ? undefined : parse(resource, object, identity, complaints.leftOut);
  if (value instanceof Problem) {
    complaints.invalid(value.message);
    held.setAside(identity, true);
  } else if (value !== undefined) {
    held.put(value);
    sink.put(value);
  } else if (deleted ? held.remove(identity) : held.setAside(identity, false)) sink.remove(identity.key);
}
