/** What a reflector tells of itself: metrics and logs implement it outside. */
import type { Failure } from './failure.ts';

/** Which reflector speaks. */
export interface Reflected {
  /** `services`, `endpointslices`, `namespaces`, `pods`. */
  readonly name: string;
  /** '' when all namespaces are watched at once. */
  readonly namespace: string;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

/**
 * Why a complete list is asked for: `start`, the first; `suspect`, the last list was empty, sharply shrunken or older than what is held;
 * `audit`, the audit found differences; `expired`, the version to resume from is gone; `backwards`, a bookmark older than what is held;
 * `failing`, the watch failed too often.
 */
export type RelistCause = 'start' | 'suspect' | 'audit' | 'expired' | 'backwards' | 'failing';

export interface ReflectorObserver {
  /** A list was asked for. */
  listing(of: Reflected, cause: RelistCause): void;
  /** A complete list was written to the sink. `milliseconds` from the request to there. */
  listed(of: Reflected, how: 'stream' | 'pages', milliseconds: number): void;
  /** The server began to answer a watch. */
  watching(of: Reflected): void;
  /** Any event, applied or not; the time of the last one is the watch's age. */
  event(of: Reflected, type: EventType): void;
  /** An event was older than what is held and was passed over. */
  passedOver(of: Reflected): void;
  /** What is held now, after each list and event. */
  holds(of: Reflected, objects: number, resourceVersion: string): void;
  /** An object with invalid fields: its last good value, if any, stays served, or it is served without a part. The message names the object and the field. */
  invalid(of: Reflected, message: string): void;
  /** Something failed and will be tried again after `wait` ms. */
  failed(of: Reflected, failure: Failure, wait: number): void;
  /** Listing is forbidden, as was to be expected, and so many objects are taken to exist until it is granted. */
  presumed(of: Reflected, objects: number): void;
  /** An audit ended: how many objects differed from the server's. They are repaired by a list. */
  audited(of: Reflected, differences: number): void;
  /** Octets of a body, decompressed. */
  received(of: Reflected, octets: number): void;
}

const nothing = (): void => undefined;

export const noObserver: ReflectorObserver = {
  listing: nothing,
  listed: nothing,
  watching: nothing,
  event: nothing,
  passedOver: nothing,
  holds: nothing,
  invalid: nothing,
  failed: nothing,
  presumed: nothing,
  audited: nothing,
  received: nothing,
};
