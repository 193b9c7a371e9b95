/** Bounds of the histograms, and the bucket of a value; on the path of every answer it is found without a loop. */

/** Seconds: CoreDNS's bounds, 0.25 ms · 2^k up to 8.192 s, continued down to 2 µs, since an answer from memory takes microseconds. */
export const durationBounds: readonly number[] = Array.from({ length: 23 }, (_, k) => 0.00025 * 2 ** (k - 7));

/** Returns the bucket of a duration in ms; `durationBounds.length` is the one above all bounds (+Inf). */
export function durationBucket(milliseconds: number): number {
  if (milliseconds > 8192) return 23;
  // The lowest bound is 2^-9 ms; in that unit every bound is a power of two, so the bucket is the number of bits.
  const unit = Math.ceil(milliseconds * 512);
  return unit <= 1 ? 0 : 32 - Math.clz32(unit - 1);
}

/** Octets: CoreDNS's bounds, including its 8291, so that dashboards made for it fit. */
export const sizeBounds: readonly number[] = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000];

/** By size. Filled a range at a time: searched for each size, it was 20 ms of the start of every thread. */
const sizeBuckets = new Uint8Array(65_536).fill(sizeBounds.length);
sizeBounds.toReversed().forEach((bound, i) => sizeBuckets.fill(sizeBounds.length - 1 - i, 0, bound + 1));

/** Bucket of a message's size, octets. */
export function sizeBucket(octets: number): number {
  return sizeBuckets[octets]!;
}

/** Seconds: 1 ms · 2^k up to 524 s, as Kubernetes measures DNS programming latency. */
export const programmingBounds: readonly number[] = Array.from({ length: 20 }, (_, k) => 0.001 * 2 ** k);

/** Seconds: the default bounds of Prometheus client libraries, which Kubernetes' clients use for requests to the API server. */
export const requestBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Returns the bucket of a value for any bounds, by a linear search: only for what is seldom counted. */
export function bucketOf(bounds: readonly number[], value: number): number {
  const bucket = bounds.findIndex((bound) => value <= bound);
  return bucket === -1 ? bounds.length : bucket;
}
