/** What a reflector reports of itself; metrics and logs implement it. */
import type { Failure } from './failure.ts';
import type { Reflected } from './reflected.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

/**
 * Why a complete list is requested: `start`, the first; `suspect`, the last list was empty, sharply shrunken or older than what is held; `audit`, the
 * audit found differences; `expired`, the version to resume from is gone; `backwards`, the server is at a version older than what is held; `failing`,
 * the watch failed too often.
 */
export type RelistCause = 'start' | 'suspect' | 'audit' | 'expired' | 'backwards' | 'failing';

export interface ReflectorObserver {
  /** A list is requested. */
  listing(of: Reflected, cause: RelistCause): void;
  /** A complete list was written to the sink, `milliseconds` after its request. */
  listed(of: Reflected, how: 'stream' | 'pages', milliseconds: number): void;
  /** The server began to answer a watch. */
  watching(of: Reflected): void;
  /** Any event, applied or not; the watch's age is the time since the last one. */
  event(of: Reflected, type: EventType): void;
  /** An event no newer than what is held was skipped. */
  passedOver(of: Reflected): void;
  /** What is held, after each list and event. */
  holds(of: Reflected, objects: number, resourceVersion: string): void;
  /** An object with invalid fields: its last good value, if any, stays served, or it is served without a part. The message names the object and the field. */
  invalid(of: Reflected, message: string): void;
  /** A failure, retried after `wait` ms. */
  failed(of: Reflected, failure: Failure, wait: number): void;
  /** Listing is forbidden, as expected, and so many objects are presumed to exist until it is granted. */
  presumed(of: Reflected, objects: number): void;
  /** An audit ended: how many objects differ from the server's. A list repairs them. */
  audited(of: Reflected, differences: number): void;
  /** Octets of a body, decompressed, were received. */
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
