/** A sink that keeps its objects in a map, and records the fewest it held. */
import type { ApiObject, ClusterSinks, Key, Sink } from '../../src/cluster/model.ts';

export interface MapSink<T extends ApiObject> extends Sink<T> {
  readonly items: ReadonlyMap<Key, T>;
  readonly replacements: number;
  /** The fewest objects held since the first replacement. */
  readonly fewest: number;
}

export function mapSink<T extends ApiObject>(): MapSink<T> {
  let items = new Map<Key, T>();
  let replacements = 0;
  let fewest = Number.POSITIVE_INFINITY;
  return {
    get items() {
      return items;
    },
    get replacements() {
      return replacements;
    },
    get fewest() {
      return fewest;
    },
    replace(next) {
      items = new Map([...next].map((item) => [item.key, item]));
      replacements++;
      fewest = Math.min(fewest, items.size);
    },
    put(item) {
      items.set(item.key, item);
    },
    remove(key) {
      items.delete(key);
      fewest = Math.min(fewest, items.size);
    },
  };
}

export type MapSinks = { readonly [Kind in keyof ClusterSinks]: ClusterSinks[Kind] extends Sink<infer T> ? MapSink<T> : never };

export function mapSinks(): MapSinks {
  return { namespaces: mapSink(), services: mapSink(), endpointSlices: mapSink(), pods: mapSink() };
}
