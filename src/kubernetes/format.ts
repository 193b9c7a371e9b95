/** What the reflector needs of an encoding: JSON and protobuf each implement it. */
import type { Key } from '../cluster/model.ts';
import type { Fields } from './fields.ts';
import type { Version } from './held.ts';
import type { EventType } from './observer.ts';
import type { Message } from './protobuf.ts';

/** Reads bodies of one encoding. What cannot be read throws a Problem, except where another result is named. */
export interface Format {
  /** Splits the body of a list as it arrives. */
  readonly items: () => ItemSplitter;
  /** Splits the body of a watch as it arrives. */
  readonly events: () => EventSplitter;
  /** Returns a list's item; `message` names the fields to read, as far as the encoding needs that. */
  readonly object: (octets: Uint8Array, message: Message) => Fields;
  /** Returns undefined if the octets are not an event. */
  readonly event: (octets: Uint8Array, message: Message) => WatchEvent | undefined;
  /** Returns what an item or an ADDED event is about, at less cost than reading it; undefined when that has to be read. */
  readonly peekItem: (octets: Uint8Array) => Told | undefined;
  readonly peekEvent: (octets: Uint8Array) => Told | undefined;
  /** Reads the Status of a refused request, or whatever a proxy sent in its place. */
  readonly status: (octets: Uint8Array) => Fields;
}

/** A state of an object. */
export type Told = Version & { readonly key: Key };

export interface ItemSplitter {
  /** Returns each item that these octets complete, not decoded. Throws a Problem if they are not a list, or after 8 MiB without an item. */
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[];
  /** The list's own metadata; undefined while the body is not complete. */
  readonly metadata: () => Fields | undefined;
}

export interface EventSplitter {
  /** Returns each event that these octets complete, not decoded. Throws a Problem on one beyond 8 MiB. */
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[];
  /** Whether the body so far ends with an event's end. */
  readonly isWhole: () => boolean;
}

export interface WatchEvent {
  readonly type: EventType | 'ERROR';
  readonly object: Fields;
}

/** An object is under 1.5 MiB (etcd's limit), a list's metadata a few hundred octets: no part of a body is longer than this. */
export const LONGEST: number = 8 * 1024 * 1024;

const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

export function isEventType(type: unknown): type is WatchEvent['type'] {
  return TYPES.has(type);
}
