/** Resource versions: decimal digits up to 2^128, compared as strings (KEP-5504), never as numbers. */

/**
 * Returns below, equal to or above 0 as `a` is older than, equal to or newer than `b`; undefined when one is not comparable (an aggregated API's own
 * form, or '').
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (a === '' || b === '') return undefined;
  if (!DIGITS.test(a) || !DIGITS.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** Whether `a` is known to be older than `b`. */
export function isOlder(a: string, b: string): boolean {
  const order = compareVersions(a, b);
  return order !== undefined && order < 0;
}

const DIGITS = /^(0|[1-9][0-9]*)$/;
