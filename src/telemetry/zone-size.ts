/** Counts the names and records of the cluster's zone, a little at a time: nothing waits for the result, and it must not delay anything. */
import type { Clock } from '../clock.ts';
import type { Key } from '../cluster/model.ts';
import { countService, NOTHING, type ZoneCounts } from '../cluster/service-size.ts';
import type { ClusterUpdate, PublishedService, PublishedState } from '../cluster/update.ts';
import type { Name } from '../wire/name.ts';

/** Counts for `TURN` ms, then pauses for `PAUSE` ms: a fiftieth of the thread, and a change of the cluster waits for one turn at most. */
const TURN = 1;
const PAUSE = 50;

export class ZoneSize {
  readonly #clusterDomain: Name;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #failed: (error: unknown) => void;
  /** Services that changed since they were counted; undefined: removed. */
  readonly #changed = new Map<Key, PublishedService | undefined>();
  readonly #sizes = new Map<Key, ZoneCounts>();
  #namespaces = 0;
  #names = 0;
  #records = 0;
  #isWorking = false;

  /** Counts until the signal. `failed`: a Service could not be counted. */
  constructor(clusterDomain: Name, clock: Clock, signal: AbortSignal, failed: (error: unknown) => void) {
    this.#clusterDomain = clusterDomain;
    this.#clock = clock;
    this.#signal = signal;
    this.#failed = failed;
  }

  /** Names and records of Services and namespaces. A change is included once it has been counted. */
  get size(): ZoneCounts {
    return { names: this.#names + this.#namespaces, records: this.#records };
  }

  restored({ services, namespaces }: Pick<PublishedState, 'services' | 'namespaces'>): void {
    this.published({ services, removedServices: [], namespaces: { added: namespaces, removed: [] } });
  }

  published({ services, removedServices, namespaces }: Pick<ClusterUpdate, 'services' | 'removedServices' | 'namespaces'>): void {
    this.#namespaces += namespaces.added.length - namespaces.removed.length;
    for (const service of services) this.#changed.set(service.key, service);
    for (const key of removedServices) this.#changed.set(key, undefined);
    if (!this.#isWorking) void this.#work();
  }

  /** Ends when all is counted, or with the signal; never rejects. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (this.#changed.size > 0) {
        await this.#clock.wait(PAUSE, this.#signal);
        this.#countSome();
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(error);
    } finally {
      this.#isWorking = false;
    }
  }

  #countSome(): void {
    const end = this.#clock.monotonic() + TURN;
    for (const [key, service] of this.#changed) {
      this.#changed.delete(key);
      this.#count(key, service);
      if (this.#clock.monotonic() >= end) return;
    }
  }

  #count(key: Key, service: PublishedService | undefined): void {
    const before = this.#sizes.get(key) ?? NOTHING;
    const after = service === undefined ? NOTHING : countService(service, this.#clusterDomain);
    this.#names += after.names - before.names;
    this.#records += after.records - before.records;
    if (service === undefined) this.#sizes.delete(key);
    else this.#sizes.set(key, after);
  }
}
