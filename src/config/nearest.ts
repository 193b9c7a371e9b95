/** Finds the known word nearest to a mistyped one. */
import { editDistance } from '../edit-distance.ts';

/**
 * Returns the nearest of `known` within an edit distance of half of `word`'s length (at least 1); failing that, the only one that begins with `word`,
 * if that has at least three letters.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(1, word.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  const beginsWith = known.filter((candidate) => word.length > 2 && candidate.startsWith(word));
  return best ?? (beginsWith.length === 1 ? beginsWith[0] : undefined);
}
