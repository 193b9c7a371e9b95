/** What the cluster folder tells about itself; telemetry implements it. */
import type { Key } from './model.ts';
import type { ClusterUpdate, PublishedService } from './update.ts';

export interface ClusterObserver {
  /** An update was posted to the serving threads. */
  published(update: ClusterUpdate): void;
  /**
   * A change of endpoints that was seen live is posted: `latency` ms after `endpoints.kubernetes.io/last-change-trigger-time` (the SLI "DNS
   * programming latency"). Not for first lists.
   */
  programmed(kind: PublishedService['kind'], latency: number): void;
  /** Something of an object can be no name or no record and is left out; the rest of it is served. */
  leftOut(key: Key, problem: string): void;
}

export const noClusterObserver: ClusterObserver = { published: () => {}, programmed: () => {}, leftOut: () => {} };
