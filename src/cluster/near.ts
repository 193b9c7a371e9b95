/** Names that a mistyped one may have been meant for. */

/** The nearest of `known`, three at most: those that need the fewest letters changed, and not more than a third of them (one at least). */
export function nearNames(word: string, known: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(word.length / 3));
  const near: [name: string, distance: number][] = [];
  for (const name of known) {
    if (name === word || Math.abs(name.length - word.length) > most) continue;
    const distance = editDistance(word, name);
    if (distance <= most) near.push([name, distance]);
  }
  return near
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([name]) => name);
}

/** Letters added, dropped or changed (Levenshtein). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(above[column]! + 1, current[column - 1]! + 1, changed));
    }
    above = current;
  }
  return above[to.length]!;
}
