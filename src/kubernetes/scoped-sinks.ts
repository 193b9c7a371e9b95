/** One sink fed by several reflectors, each of its own namespace. */
import type { ApiObject, Key, Sink } from '../cluster/model.ts';

/**
 * A sink for each of `count` parts. Nothing is written until every part was listed once: a sink that was replaced is complete. After that a part's
 * replacement replaces the whole, in one step.
 */
export function scopedSinks<T extends ApiObject>(sink: Sink<T>, count: number): readonly Sink<T>[] {
  const parts = Array.from({ length: count }, (): Map<Key, T> | undefined => undefined);
  const complete = (): boolean => parts.every((part) => part !== undefined);

  function* all(): Iterable<T> {
    for (const part of parts) if (part !== undefined) yield* part.values();
  }

  return parts.map((_, index) => ({
    replace(items) {
      const part = new Map<Key, T>();
      for (const item of items) part.set(item.key, item);
      parts[index] = part;
      if (complete()) sink.replace(all());
    },
    put(item) {
      parts[index]?.set(item.key, item);
      if (complete()) sink.put(item);
    },
    remove(key) {
      parts[index]?.delete(key);
      if (complete()) sink.remove(key);
    },
  }));
}
