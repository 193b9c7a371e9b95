/** What `make` makes, made anew each time it is read, and only as far as it is read. */
export function lazily<T>(make: () => Iterator<T, void>): Iterable<T> {
  return { [Symbol.iterator]: make };
}
