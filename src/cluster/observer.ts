/** The events that src/cluster reports; src/telemetry implements the observer. */
import type { Key } from './model.ts';
import type { ClusterUpdate, PublishedService, PublishedState } from './update.ts';

export interface ClusterObserver {
  /** A snapshot is served from now on; updates tell only what differs from it. */
  restored?(state: PublishedState): void;
  /** An update was posted to the serving threads. */
  published(update: ClusterUpdate): void;
  /**
   * A change of endpoints was posted `latency` ms after its `endpoints.kubernetes.io/last-change-trigger-time` (the SLI "DNS programming latency").
   * Not called for first lists.
   */
  programmed(kind: PublishedService['kind'], latency: number): void;
  /** A part of an object cannot be a name or a record and is left out; the rest of the object is served. */
  leftOut(key: Key, problem: string): void;
}

export const noClusterObserver: ClusterObserver = { published: () => {}, programmed: () => {}, leftOut: () => {} };
