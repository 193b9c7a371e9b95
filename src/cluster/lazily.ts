/** Returns an iterable that calls `make` for each reading, so that items are made only as far as they are read. */
export function lazily<T>(make: () => Iterator<T, void>): Iterable<T> {
  return { [Symbol.iterator]: make };
}
