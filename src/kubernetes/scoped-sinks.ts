/** One sink fed by several reflectors, each for one namespace. */
import type { ApiObject, Key, Sink } from '../cluster/model.ts';

export interface ScopedSink<T extends ApiObject> extends Sink<T> {
  /** Stops the others from waiting for this part, which will not come for now. Does nothing once the part was listed. */
  forbid(): void;
}

/**
 * Returns a sink for each namespace. Nothing is written until every part was listed once, or forbidden with at least one listed: a sink that was
 * replaced has all that is available. After that, replacing a part passes on how it differs: with many namespaces that are all listed again, the whole each
 * time would be too much. `setForbidden` is called when a part is forbidden, and when it came after all.
 */
export function scopedSinks<T extends ApiObject>(
  sink: Sink<T>,
  namespaces: readonly string[],
  setForbidden: (namespace: string, is: boolean) => void,
): readonly ScopedSink<T>[] {
  const parts = namespaces.map((): Map<Key, T> | 'forbidden' | undefined => undefined);
  let complete = false;

  function* all(): Iterable<T> {
    for (const part of parts) if (part instanceof Map) yield* part.values();
  }
  function settle(index: number, part: Map<Key, T> | 'forbidden'): void {
    parts[index] = part;
    complete = !parts.includes(undefined) && parts.some((one) => one instanceof Map);
    if (complete) sink.replace(all());
  }
  function exchange(index: number, before: ReadonlyMap<Key, T>, after: Map<Key, T>): void {
    parts[index] = after;
    for (const key of before.keys()) if (!after.has(key)) sink.remove(key);
    for (const [key, item] of after) if (before.get(key) !== item) sink.put(item);
  }
  const held = (index: number): Map<Key, T> | undefined => {
    const part = parts[index];
    return part === 'forbidden' ? undefined : part;
  };

  return namespaces.map((namespace, index) => ({
    replace(items) {
      const before = parts[index];
      const after = new Map(Array.from(items, (item) => [item.key, item]));
      if (complete && before instanceof Map) exchange(index, before, after);
      else settle(index, after);
      if (before === 'forbidden') setForbidden(namespace, false);
    },
    put(item) {
      held(index)?.set(item.key, item);
      if (complete) sink.put(item);
    },
    remove(key) {
      held(index)?.delete(key);
      if (complete) sink.remove(key);
    },
    forbid() {
      if (parts[index] !== undefined) return;
      setForbidden(namespace, true);
      settle(index, 'forbidden');
    },
  }));
}
