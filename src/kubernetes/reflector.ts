/**
 * Keeps a sink equal to one collection of an API server: lists it, watches it, and starts over whenever the server, network or stream is in doubt.
 */
import type { ApiObject, Sink } from '../cluster/model.ts';
import type { Api } from './api.ts';
import { audit } from './audit.ts';
import { createBackoff, type Backoff } from './backoff.ts';
import type { Collection } from './collection.ts';
import { apply, gather, versionOf, type Applied } from './events.ts';
import { Failure, type FailureReason } from './failure.ts';
import type { Fields } from './fields.ts';
import type { Told } from './format.ts';
import { Held } from './held.ts';
import type { IdleGuard } from './idle.ts';
import { currentVersion, list } from './list.ts';
import { gatherListing, suspicionOf, type Complaints, type Expected, type GatheringListing } from './listing.ts';
import type { EventType, ReflectorObserver } from './observer.ts';
import { onceEach } from './once-each.ts';
import { settingsOf, type ReflectOptions, type ReflectSettings } from './reflect-options.ts';
import { reflectedText, type Reflected } from './reflected.ts';
import { relistPolicy, type RelistPolicy } from './relist-policy.ts';
import type { Resource } from './resource.ts';
import { isOlder } from './resource-version.ts';
import { watch } from './watch.ts';

/** Runs until the signal is aborted, whatever the server does. Rejects only when the sink or an observer throws. */
export function reflect<T extends ApiObject>(api: Api, resource: Resource<T>, sink: Sink<T>, options: ReflectOptions<T>): Promise<void> {
  return new Reflector(api, resource, sink, options).run();
}

/** One watch, from its request to its end. */
interface Watching<T> {
  readonly since: number;
  events: number;
  /** The streaming list that it begins with; undefined once that is complete, and for a watch that resumes. */
  listing: GatheringListing<T> | undefined;
}

class Reflector<T extends ApiObject> {
  readonly #api: Api;
  readonly #resource: Resource<T>;
  readonly #sink: Sink<T>;
  readonly #settings: ReflectSettings<T>;
  readonly #observer: ReflectorObserver;
  readonly #reflected: Reflected;
  readonly #collection: Collection;
  readonly #complaints: Complaints;
  readonly #applied: Applied<T>;
  readonly #held = new Held<T>();
  readonly #backoff: Backoff;
  readonly #policy: RelistPolicy;
  #interruption = new AbortController();
  /** Lists that were forbidden. */
  #refusals = 0;
  /** The next answer may come from another server, or from this one after a restore. */
  #mayBeAnother = false;
  /** Something on the way may break one encoding: after an answer that cannot be read, the next is asked for in the other. */
  #protobuf = true;

  constructor(api: Api, resource: Resource<T>, sink: Sink<T>, options: ReflectOptions<T>) {
    const settings = settingsOf(options);
    const { clock, random, observer, namespace, selector, pageSize } = settings;
    const reflected = { name: resource.name, namespace };
    const received = (octets: number): void => observer.received(reflected, octets);
    const invalid = (message: string): void => observer.invalid(reflected, message);
    this.#api = api;
    this.#resource = resource;
    this.#sink = sink;
    this.#settings = settings;
    this.#observer = observer;
    this.#reflected = reflected;
    this.#collection = { api, clock, resource, namespace, selector, pageSize, received, withProtobuf: () => this.#protobuf };
    this.#complaints = { invalid, leftOut: onceEach(invalid) };
    const passedOver = (): void => observer.passedOver(reflected);
    this.#applied = { resource, held: this.#held, sink, complaints: this.#complaints, passedOver };
    this.#backoff = createBackoff(clock, random);
    this.#policy = relistPolicy({ ...settings, backoff: this.#backoff, relists: createBackoff(clock, random, 0) });
  }

  async run(): Promise<void> {
    const { clock, random, auditInterval: interval } = this.#settings;
    const over = new AbortController();
    const audits = audit(this.#collection, this.#held, { clock, random, signal: over.signal, interval }, (differences) =>
      this.#onAudit(differences),
    );
    await Promise.all([this.#keepEqual().finally(() => over.abort()), audits]);
  }

  async #keepEqual(): Promise<void> {
    const { clock, signal } = this.#settings;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const { byStream } = this.#policy;
      this.#interruption = new AbortController();
      const unlink = forward(signal, this.#interruption);
      try {
        await this.#attempt(byStream);
      } catch (error) {
        if (ended()) return;
        if (!(error instanceof Failure)) throw error;
        const wait = this.#recover(error, byStream);
        if (wait > 0) await clock.wait(wait, signal).catch(() => undefined);
      } finally {
        unlink();
      }
    }
  }

  async #attempt(byStream: boolean): Promise<void> {
    const policy = this.#policy;
    if (policy.relistCause !== undefined) this.#observer.listing(this.#reflected, policy.relistCause);
    else if (this.#mayBeAnother) await this.#checkVersion();
    if (policy.relistCause === undefined || byStream) await this.#watch(byStream);
    else await this.#listPages();
  }

  /**
   * Fails when the server is behind what is held: restored from a backup, or recreated, it sends nothing to a watch from a version it has yet to
   * reach.
   */
  async #checkVersion(): Promise<void> {
    const { version } = this.#held;
    const current = await currentVersion(this.#collection, this.#interruption.signal);
    if (isOlder(current, version))
      throw new Failure(
        'backwards',
        `list ${this.#what}: the server is at version ${current}, but ${version} was seen before; listing again`,
      );
    this.#mayBeAnother = false;
  }

  async #listPages(): Promise<void> {
    const since = this.#settings.clock.monotonic();
    const listing = this.#gathering();
    const version = await list(this.#collection, (object) => listing.add(object), this.#interruption.signal, {
      whole: this.#policy.inOnePage,
      // Before the first list no object is known, so looking each item up would be wasted.
      isKnown: this.#held.version === '' ? undefined : (told) => listing.keep(told),
    });
    this.#settle(listing, version, 'pages', since);
  }

  /** Resumes from what is held, or begins with a streaming list. */
  async #watch(initialEvents: boolean): Promise<void> {
    const { clock, random, watchIdleLimit } = this.#settings;
    const watching: Watching<T> = { since: clock.monotonic(), events: 0, listing: initialEvents ? this.#gathering() : undefined };
    // client-go's values: the watches of replicas should not all end at once.
    const timeoutSeconds = Math.round(300 + random() * 300);
    const request = {
      resourceVersion: this.#held.version,
      initialEvents,
      timeoutSeconds,
      idleLimit: initialEvents ? Math.min(STREAM_IDLE_LIMIT, watchIdleLimit) : watchIdleLimit,
      signal: this.#interruption.signal,
      begun: () => {
        this.#observer.watching(this.#reflected);
        if (!initialEvents) this.#backoff.stands();
      },
      isKnown: initialEvents && this.#held.version !== '' ? (told: Told) => this.#keep(watching, told) : undefined,
    };
    await watch(this.#collection, request, (type, object, guard) => this.#take(watching, type, object, guard));
    const lasted = clock.monotonic() - watching.since;
    // A server ends all watches at once when its etcd was restored.
    this.#mayBeAnother ||= lasted < timeoutSeconds * 1000 - EARLY;
    if (watching.listing !== undefined) throw new Failure('cut', `watch ${this.#what}: the server ended it before the list was complete`);
    if (watching.events === 0 && lasted < SHORT_WATCH)
      throw new Failure('brief', `watch ${this.#what}: the server ended it at once without an event`);
  }

  #take(watching: Watching<T>, type: EventType, object: Fields, guard: Pick<IdleGuard, 'limit'>): void {
    const { listing } = watching;
    this.#count(watching, type);
    if (listing === undefined) {
      apply(this.#applied, type, object);
      this.#policy.progressed();
      this.#observer.holds(this.#reflected, this.#held.items.size, this.#held.version);
    } else if (gather(this.#what, listing, type, object)) {
      this.#settle(listing, versionOf(object), 'stream', watching.since);
      watching.listing = undefined;
      guard.limit(this.#settings.watchIdleLimit);
      this.#backoff.stands();
    }
  }

  /** Whether the object of an initial event is held in this state: it need not be read. */
  #keep(watching: Watching<T>, told: Told): boolean {
    if (watching.listing?.keep(told) !== true) return false;
    this.#count(watching, 'ADDED');
    return true;
  }

  #count(watching: Watching<T>, type: EventType): void {
    watching.events++;
    this.#observer.event(this.#reflected, type);
  }

  #gathering(): GatheringListing<T> {
    return gatherListing(this.#resource, this.#held, this.#complaints, this.#policy.ignoresHeld);
  }

  /** Accepts a complete list, unless there is reason not to believe it yet. */
  #settle(listing: GatheringListing<T>, version: string, how: 'stream' | 'pages', since: number): void {
    if (version === '') throw new Failure('malformed', `list ${this.#what}: it has no resourceVersion, from which to watch on`);
    const held = this.#held;
    const suspicion = this.#policy.relistCause === 'suspect' ? '' : suspicionOf(listing.items.size, version, this.#expected());
    if (suspicion !== '') throw new Failure('suspect', `list ${this.#what}: not believed yet: ${suspicion}; asking again`);
    held.replace(listing, version);
    this.#sink.replace(held.items.values());
    this.#policy.listed(how === 'stream');
    this.#mayBeAnother = false;
    this.#observer.holds(this.#reflected, held.items.size, held.version);
    this.#observer.listed(this.#reflected, how, this.#settings.clock.monotonic() - since);
  }

  #expected(): Expected {
    const { namespace, selector, expected } = this.#settings;
    const { version, items } = this.#held;
    const neverEmpty = this.#resource.neverEmpty && namespace === '' && selector === '';
    return { version, objects: version === '' ? expected : items.size, neverEmpty };
  }

  /** Does what a failure calls for at once, and returns the wait before the next attempt, ms. */
  #recover(failure: Failure, byStream: boolean): number {
    const { reason } = failure;
    this.#mayBeAnother ||= GONE.has(reason);
    if (REFUSED.has(reason)) this.#api.renew();
    if (reason === 'malformed') this.#protobuf = !this.#protobuf;
    const wait = this.#policy.failed(failure, byStream);
    const presumed = reason === 'forbidden' && this.#held.version === '' ? this.#settings.whenForbidden?.(++this.#refusals) : undefined;
    if (presumed !== undefined) this.#sink.replace(presumed);
    if (presumed !== undefined && presumed.length > 0) this.#observer.presumed(this.#reflected, presumed.length);
    else this.#observer.failed(this.#reflected, failure, wait);
    return wait;
  }

  #onAudit(differences: number): void {
    this.#observer.audited(this.#reflected, differences);
    if (differences === 0) return;
    this.#policy.differs();
    this.#interruption.abort(new Failure('audit', `audit ${this.#what}: ${differences} objects differ from the server's; listing again`));
  }

  /** How messages name the collection. */
  get #what(): string {
    return reflectedText(this.#reflected);
  }
}

/**
 * Objects of a streaming list follow each other, and the bookmark that ends it comes when the server's cache is fresh, for which it asks etcd or is
 * notified every 5 s. A bookmark that never comes is detected by this silence, during which nothing is served at startup, ms.
 */
const STREAM_IDLE_LIMIT = 10_000;

/** A watch shorter than this without an event is an error, lest a server that ends each at once be asked in a tight loop (client-go), ms. */
const SHORT_WATCH = 1_000;

/** A watch that ended this much before its time was ended for a reason, ms. */
const EARLY = 10_000;

/** One side refused the other: cached credentials are outdated. */
const REFUSED: ReadonlySet<FailureReason> = new Set(['unauthorized', 'untrusted']);

/** The known server was gone, for a while at least, or is not as it was: one whose etcd was restored answers 429 or 5xx until it has read it. */
const GONE: ReadonlySet<FailureReason> = new Set(['cut', 'unreachable', 'untrusted', 'server', 'busy', 'idle']);

function forward(signal: AbortSignal, to: AbortController): () => void {
  const onAbort = (): void => to.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  return () => signal.removeEventListener('abort', onAbort);
}
