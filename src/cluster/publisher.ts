/** Turns changes of the store into updates for the serving threads: gathers them for one turn of the event loop, joins, compares and posts them. */
import type { Clock } from '../clock.ts';
import type { ZoneState } from '../zone/zone.ts';
import { catchUp, type CatchUpOptions } from './catch-up.ts';
import type { Branch, Key, Kind } from './model.ts';
import { noClusterObserver, type ClusterObserver } from './observer.ts';
import type { Octets } from './octets.ts';
import { currentService, podAddressesOf, Published } from './published.ts';
import { ClusterStore } from './store.ts';
import { sameBranches, unknowns } from './unknown.ts';
import type { ClusterUpdate, PodAddress, PublishedService, PublishedState, SetChange } from './update.ts';

const CHUNK = 64;

/** Pod addresses per update. */
const POD_CHUNK = 4096;

export interface PublisherOptions {
  /** Posts an update to every serving thread. The update is not changed afterwards and may be cloned at any time. */
  readonly post: (update: ClusterUpdate) => void;
  readonly clock: Clock;
  /** Kinds whose first lists must be complete before anything is published; Pods only when they are verified. */
  readonly needed: readonly Kind[];
  /** The state of a snapshot, handed out by `catchUp` and served as stale until the first lists are complete. */
  readonly initial?: PublishedState | undefined;
  readonly observer?: ClusterObserver;
  /** Calls `run` in a later turn of the event loop; changes until then are published together. */
  readonly schedule?: (run: () => void) => void;
  /** Services per update. A larger update would delay queries on the thread that applies it. */
  readonly chunk?: number;
}

export class Publisher {
  readonly store: ClusterStore;
  readonly #options: Required<Omit<PublisherOptions, 'initial'>>;
  readonly #published = new Published();
  /** Services to compare again, with the earliest trigger time of their slices' changes (ms since 1970; 0 for none). */
  readonly #services = new Map<Key, number>();
  readonly #namespaces = new Set<string>();
  readonly #pods = new Set<PodAddress>();
  /** Number of Pods per address: Pods on the host network share one. */
  readonly #podCounts = new Map<PodAddress, number>();
  #state: ZoneState = 'loading';
  /** As sent with the last update; so is `#unknown`. */
  #podsUnknown = false;
  #unknown: readonly Branch[] = [];
  /** Whether the first lists are complete; until then changes are only gathered. */
  #complete = false;
  #serial: number;
  #scheduled = false;

  constructor(options: PublisherOptions) {
    this.#options = { observer: noClusterObserver, schedule: (run) => void setImmediate(run), chunk: CHUNK, ...options };
    this.#serial = options.initial?.serial ?? 0;
    this.store = new ClusterStore({
      serviceChanged: (key, lastChange) => {
        this.#services.set(key, earliest(this.#services.get(key) ?? 0, lastChange));
        this.#schedule();
      },
      namespaceChanged: (name) => {
        this.#namespaces.add(name);
        if (this.#unknown.length > 0) this.#lookAgain(name);
        this.#schedule();
      },
      podChanged: (before, after) => {
        for (const address of podAddressesOf(before)) this.#countPod(address, -1);
        for (const address of podAddressesOf(after)) this.#countPod(address, 1);
        this.#schedule();
      },
      rightsChanged: (namespace) => this.#lookAgain(namespace),
      listed: () => this.#listed(),
    });
    if (options.initial !== undefined) this.#restore(options.initial);
  }

  get state(): ZoneState {
    return this.#state;
  }

  get serial(): number {
    return this.#serial;
  }

  get digest(): number {
    return this.#published.digest;
  }

  get counts(): Published['counts'] {
    return this.#published.counts;
  }

  /** Needed kinds whose first list is still awaited. */
  get missing(): Kind[] {
    return this.#options.needed.filter((kind) => this.store.waitsFor(kind));
  }

  /** Whether Pods are needed but may not be listed. */
  get podsUnknown(): boolean {
    return this.#podsUnknown;
  }

  /** Branches of which nothing is known, because a kind may not be listed in their namespace. */
  get unknown(): readonly Branch[] {
    return this.#unknown;
  }

  /** The Service as the serving threads have it. */
  published(key: Key): PublishedService | undefined {
    return this.#published.service(key);
  }

  /** Returns the Services that have the address, as cluster IP or endpoint. Scans all of them. */
  holdersOf(address: Octets): Key[] {
    return this.#published.holdersOf(address);
  }

  /** Returns everything that is published, for a snapshot. */
  snapshot(): PublishedState {
    return { ...this.#published.state(this.#serial), ...unknowns(this.#podsUnknown, this.#unknown) };
  }

  /**
   * Returns the updates that bring a new thread to the state of the others; a restored snapshot is sent only this way. May be read while
   * changes go on.
   */
  catchUp(): Iterable<ClusterUpdate> {
    const current = (): ReturnType<CatchUpOptions['current']> => ({
      serial: this.#serial,
      state: this.#state,
      ...unknowns(this.#podsUnknown, this.#unknown),
    });
    return catchUp(this.#published, { services: this.#options.chunk, pods: POD_CHUNK, current });
  }

  /** Publishes everything pending, now. */
  flush(): void {
    while (this.#pending()) this.#step();
  }

  #restore(initial: PublishedState): void {
    for (const service of initial.services) this.#published.setService(service.key, service);
    for (const name of initial.namespaces) this.#published.setNamespace(name, true);
    for (const address of initial.pods) this.#published.setPod(address, true);
    this.#podsUnknown = initial.podsUnknown === true;
    this.#unknown = initial.unknown ?? [];
    this.#state = 'stale';
    this.#options.observer.restored?.(initial);
  }

  #countPod(address: PodAddress, step: number): void {
    const count = (this.#podCounts.get(address) ?? 0) + step;
    if (count === 0) this.#podCounts.delete(address);
    else this.#podCounts.set(address, count);
    this.#pods.add(address);
  }

  #schedule(): void {
    if (this.#scheduled || !this.#pending()) return;
    this.#scheduled = true;
    this.#options.schedule(() => {
      this.#scheduled = false;
      if (this.#pending()) this.#step();
      this.#schedule();
    });
  }

  /** Whether there is something to publish. Nothing may be before the first lists are complete: names not listed yet would be denied. */
  #pending(): boolean {
    const waiting = this.#services.size + this.#namespaces.size + this.#pods.size;
    if (!this.#complete) return false;
    return (
      this.#state !== 'live' || waiting > 0 || this.#podsUnknown !== this.#lacksPods() || !sameBranches(this.#unknown, this.store.unknown)
    );
  }

  /** Whether Pods are needed but unknown: until they are listed and the last of them is published. */
  #lacksPods(): boolean {
    if (!this.#options.needed.includes('pods')) return false;
    return !this.store.pods.complete || (this.#podsUnknown && this.#pods.size > 0);
  }

  /** Queues all Services of a namespace for comparison, since some may have been withheld, or kept from a snapshot. */
  #lookAgain(namespace: string): void {
    // Once the first lists are complete, everything is queued anyway.
    if (!this.#complete) return;
    const prefix = `${namespace}/`;
    for (const keys of [this.store.serviceKeys(), this.#published.serviceKeys()])
      for (const key of keys) if (key.startsWith(prefix) && !this.#services.has(key)) this.#services.set(key, 0);
    this.#schedule();
  }

  /** Queues everything once the last of the first lists is complete: anything may differ from the snapshot. None of it is programming latency. */
  #listed(): void {
    if (this.missing.length > 0) return;
    if (this.#complete) {
      this.#schedule();
      return;
    }
    this.#complete = true;
    for (const key of this.store.serviceKeys()) this.#services.set(key, 0);
    for (const key of this.#published.serviceKeys()) this.#services.set(key, 0);
    for (const name of this.store.namespaceNames()) this.#namespaces.add(name);
    for (const name of this.#published.namespaceNames()) this.#namespaces.add(name);
    for (const address of this.#published.podAddresses()) this.#pods.add(address);
    this.#schedule();
  }

  /** Posts one update of bounded size. A namespace is added no later than its Services and removed no earlier, since it is their parent. */
  #step(): void {
    const services: PublishedService[] = [];
    const removedServices: Key[] = [];
    const programmed: [PublishedService['kind'], number][] = [];
    const namespaces = this.#takeNamespaces();
    for (const [key, lastChange] of takeSome(this.#services, this.#options.chunk)) {
      // Services from a snapshot are kept while their namespace may not be listed.
      if (!this.store.knowsServices(key.slice(0, key.indexOf('/')))) continue;
      const service = currentService(this.store, key, (problem) => this.#options.observer.leftOut(key, problem));
      if (!this.#published.setService(key, service)) continue;
      if (service === undefined) removedServices.push(key);
      else services.push(service);
      if (service !== undefined && lastChange > 0) programmed.push([service.kind, lastChange]);
    }
    const pods: { added: PodAddress[]; removed: PodAddress[] } = { added: [], removed: [] };
    for (const [address] of takeSome(this.#pods, POD_CHUNK)) {
      const exists = this.#podCounts.has(address);
      if (this.#published.setPod(address, exists)) (exists ? pods.added : pods.removed).push(address);
    }
    const last = this.#services.size + this.#pods.size === 0;
    const state = last ? 'live' : this.#state;
    const podsUnknown = this.#lacksPods();
    const changes = services.length + removedServices.length + namespaces.added.length + namespaces.removed.length;
    // A branch becomes known only with the last pending change, so that all of it is published by then.
    const unknown = last ? this.store.unknown : [...new Set([...this.#unknown, ...this.store.unknown])].sort();
    const isSame = state === this.#state && podsUnknown === this.#podsUnknown && sameBranches(unknown, this.#unknown);
    if (changes + pods.added.length + pods.removed.length === 0 && isSame) return;
    this.#state = state;
    this.#podsUnknown = podsUnknown;
    this.#unknown = unknown;
    this.#serial = nextSerial(this.#serial, this.#options.clock.now());
    this.#post({ serial: this.#serial, state, services, removedServices, namespaces, pods, ...unknowns(podsUnknown, unknown) });
    for (const [kind, lastChange] of programmed) this.#options.observer.programmed(kind, this.#options.clock.now() - lastChange);
  }

  /** Takes new namespaces at once, and removed ones only with the last of the pending Services. */
  #takeNamespaces(): SetChange<string> {
    const added: string[] = [];
    const removed: string[] = [];
    for (const name of this.#namespaces) {
      const exists = this.store.hasNamespace(name);
      if (!exists && this.#services.size > this.#options.chunk) continue;
      this.#namespaces.delete(name);
      if (this.#published.setNamespace(name, exists)) (exists ? added : removed).push(name);
    }
    return { added, removed };
  }

  #post(update: ClusterUpdate): void {
    this.#options.post(update);
    this.#options.observer.published(update);
  }
}

/** Removes up to `limit` members and yields them. */
function* takeSome<K, V>(from: Map<K, V> | (Set<K> & Iterable<V>), limit: number): Generator<[K, V]> {
  for (const [key, value] of from.entries() as Iterable<[K, V]>) {
    if (limit-- === 0) return;
    from.delete(key);
    yield [key, value];
  }
}

/** Returns the seconds since 1970, or the last serial plus one (RFC 1982), so that serials grow across restarts and are similar on all replicas. */
function nextSerial(serial: number, now: number): number {
  const seconds = Math.floor(now / 1000) >>> 0;
  return serial === 0 || ((seconds - serial) | 0) > 0 ? seconds : (serial + 1) >>> 0;
}

/** Returns the earlier of two trigger times, where 0 means none. */
function earliest(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}
