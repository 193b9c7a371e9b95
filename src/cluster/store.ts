/** The latest state of the cluster: every object by key, with a listener that is notified of each change. */
import type { ApiObject, Branch, ClusterSinks, EndpointSlice, Key, Kind, Namespace, Pod, Service, Sink } from './model.ts';

/** Notified of changes, within the sink's call. */
export interface StoreListener {
  /** A Service or a slice of it changed. `lastChange`: the slice's, ms since 1970; 0 when it is unknown or the same as before. */
  serviceChanged(key: Key, lastChange: number): void;
  /** A Namespace changed, or whether there are Services in it. */
  namespaceChanged(name: string): void;
  podChanged(before: Pod | undefined, after: Pod | undefined): void;
  /** Whether a kind may be listed in the namespace changed. */
  rightsChanged(namespace: string): void;
  /** The first list of a kind is complete. */
  listed(): void;
}

const NONE: readonly Branch[] = [];

export class ClusterStore implements ClusterSinks {
  readonly namespaces: ObjectStore<Namespace>;
  readonly services: ObjectStore<Service>;
  readonly endpointSlices: ObjectStore<EndpointSlice>;
  readonly pods: ObjectStore<Pod>;
  readonly #listener: StoreListener;
  readonly #slices = new Map<Key, readonly EndpointSlice[]>();
  readonly #servicesIn = new Map<string, number>();
  #podsAreForbidden = false;
  /** Kinds of single namespaces that may not be listed, as `pods shop`. */
  readonly #forbidden = new Set<string>();

  constructor(listener: StoreListener) {
    this.#listener = listener;
    const listed = (): void => listener.listed();
    this.namespaces = new ObjectStore<Namespace>((before, after) => listener.namespaceChanged((after ?? before)!.name), listed);
    this.services = new ObjectStore<Service>((before, after) => this.#serviceChanged(before, after), listed);
    this.endpointSlices = new ObjectStore<EndpointSlice>((before, after) => this.#sliceChanged(before, after), listed);
    this.pods = new ObjectStore<Pod>((before, after) => listener.podChanged(before, after), listed);
  }

  /** Stops waiting for Pods; they are unknown until they are listed after all. */
  readonly forbidPods = (): void => {
    if (this.#podsAreForbidden) return;
    this.#podsAreForbidden = true;
    this.#listener.listed();
  };

  readonly setForbidden = (kind: Kind, namespace: string, is: boolean): void => {
    if (is) this.#forbidden.add(`${kind} ${namespace}`);
    else this.#forbidden.delete(`${kind} ${namespace}`);
    this.#listener.rightsChanged(namespace);
  };

  /** Whether both Services and EndpointSlices of the namespace are known: one alone would give half an answer. A deleted namespace counts as known. */
  knowsServices(namespace: string): boolean {
    if (this.#forbidden.size === 0 || !this.hasNamespace(namespace)) return true;
    return !this.#forbidden.has(`services ${namespace}`) && !this.#forbidden.has(`endpointSlices ${namespace}`);
  }

  /** Branches of the zone of which nothing is known, sorted. */
  get unknown(): readonly Branch[] {
    if (this.#forbidden.size === 0) return NONE;
    const branches = Array.from(this.#forbidden, (forbidden): Branch => {
      const [kind, namespace] = forbidden.split(' ') as [Kind, string];
      return `${namespace}.${kind === 'pods' ? 'pod' : 'svc'}`;
    });
    return [...new Set(branches)].sort();
  }

  /** Whether the first list of a kind is still awaited. */
  waitsFor(kind: Kind): boolean {
    return !this[kind].complete && !(kind === 'pods' && this.#podsAreForbidden);
  }

  /** Returns the slices of the Service `key` sorted by name, so that their order of arrival does not matter. */
  slicesOf(key: Key): readonly EndpointSlice[] {
    return this.#slices.get(key) ?? [];
  }

  /** Yields the Services that exist or that slices refer to. */
  *serviceKeys(): Generator<Key> {
    yield* this.services.keys();
    for (const key of this.#slices.keys()) if (this.services.get(key) === undefined) yield key;
  }

  /** Whether there is a Namespace object or a Service in the namespace: manifests seldom contain Namespaces. */
  hasNamespace(name: string): boolean {
    return this.namespaces.get(name) !== undefined || this.#servicesIn.has(name);
  }

  *namespaceNames(): Generator<string> {
    for (const { name } of this.namespaces.values()) yield name;
    for (const name of this.#servicesIn.keys()) if (this.namespaces.get(name) === undefined) yield name;
  }

  #serviceChanged(before: Service | undefined, after: Service | undefined): void {
    if (before?.namespace !== after?.namespace) {
      if (before !== undefined) this.#countService(before.namespace, -1);
      if (after !== undefined) this.#countService(after.namespace, 1);
    }
    this.#listener.serviceChanged((after ?? before)!.key, 0);
  }

  #countService(namespace: string, step: number): void {
    const count = (this.#servicesIn.get(namespace) ?? 0) + step;
    if (count === 0) this.#servicesIn.delete(namespace);
    else this.#servicesIn.set(namespace, count);
    if (count === 0 || (count === 1 && step === 1)) this.#listener.namespaceChanged(namespace);
  }

  #sliceChanged(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const was = before && serviceKey(before);
    const is = after && serviceKey(after);
    if (was !== undefined)
      this.#setSlices(
        was,
        this.slicesOf(was).filter((slice) => slice.key !== before!.key),
      );
    if (is !== undefined) this.#setSlices(is, [...this.slicesOf(is), after!].sort(byKey));
    if (was !== undefined && was !== is) this.#listener.serviceChanged(was, 0);
    if (is !== undefined) this.#listener.serviceChanged(is, after!.lastChange === before?.lastChange ? 0 : after!.lastChange);
  }

  #setSlices(key: Key, slices: readonly EndpointSlice[]): void {
    if (slices.length === 0) this.#slices.delete(key);
    else this.#slices.set(key, slices);
  }
}

/** The objects of one kind. */
export class ObjectStore<T extends ApiObject> implements Sink<T> {
  readonly #changed: (before: T | undefined, after: T | undefined) => void;
  readonly #listed: () => void;
  #items = new Map<Key, T>();
  #complete = false;

  constructor(changed: (before: T | undefined, after: T | undefined) => void, listed: () => void) {
    this.#changed = changed;
    this.#listed = listed;
  }

  /** Whether the first list is complete. */
  get complete(): boolean {
    return this.#complete;
  }

  get(key: Key): T | undefined {
    return this.#items.get(key);
  }

  keys(): Iterable<Key> {
    return this.#items.keys();
  }

  values(): Iterable<T> {
    return this.#items.values();
  }

  replace(items: Iterable<T>): void {
    const next = new Map<Key, T>();
    for (const item of items) next.set(item.key, item);
    const before = this.#items;
    this.#items = next;
    for (const [key, item] of before) if (!next.has(key)) this.#changed(item, undefined);
    // An unchanged object is the same value, so a relist of a quiet cluster costs nothing.
    for (const [key, item] of next) if (before.get(key) !== item) this.#changed(before.get(key), item);
    if (this.#complete) return;
    this.#complete = true;
    this.#listed();
  }

  put(item: T): void {
    const before = this.#items.get(item.key);
    this.#items.set(item.key, item);
    this.#changed(before, item);
  }

  remove(key: Key): void {
    const before = this.#items.get(key);
    if (before === undefined) return;
    this.#items.delete(key);
    this.#changed(before, undefined);
  }
}

const serviceKey = (slice: EndpointSlice): Key => `${slice.namespace}/${slice.service}`;
const byKey = (a: EndpointSlice, b: EndpointSlice): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
