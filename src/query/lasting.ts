/** For how long an answer stays the same for every client, so that its response can be kept (src/server/known-responses.ts). */

export interface Lasting {
  /** Clock.monotonic(), ms; Infinity: until zones or options change. */
  readonly until: number;
  /** What a repetition counts as in the cache, if it is from there. */
  readonly hit: number;
}

export const UNTIL_CHANGE: Lasting = { until: Infinity, hit: 0 };
