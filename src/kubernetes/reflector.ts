/**
 * Keeps a sink equal to one collection of an API server: lists it, watches it, and starts over whenever the server, network or stream is in doubt.
 */
import type { Clock, Random } from '../clock.ts';
import type { ApiObject, Sink } from '../cluster/model.ts';
import type { Api } from './api.ts';
import { audit } from './audit.ts';
import { createBackoff } from './backoff.ts';
import type { Collection } from './collection.ts';
import { apply, gather, versionOf, type Applied } from './events.ts';
import { Failure, type FailureReason } from './failure.ts';
import type { Fields } from './fields.ts';
import type { Told } from './format.ts';
import { Held } from './held.ts';
import type { IdleGuard } from './idle.ts';
import { currentVersion, list } from './list.ts';
import { gatherListing, suspicionOf, type Complaints, type GatheringListing } from './listing.ts';
import { noObserver, type EventType, type ReflectorObserver } from './observer.ts';
import { onceEach } from './once-each.ts';
import { reflectedText, type Reflected } from './reflected.ts';
import { relistPolicy } from './relist-policy.ts';
import type { Resource } from './resource.ts';
import { isOlder } from './resource-version.ts';
import { watch } from './watch.ts';

export interface ReflectOptions<T> {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly observer?: ReflectorObserver;
  /** '' for all. */
  readonly namespace?: string;
  /** A labelSelector, '' for all. */
  readonly selector?: string;
  /** A watch without event or bookmark for this long is replaced, ms. The server sends a bookmark about every minute. */
  readonly watchIdleLimit?: number;
  /** Objects requested per page of a list. */
  readonly pageSize?: number;
  /** Whether to request streaming lists (KEP-3157), which are abandoned as soon as the server does not give them. */
  readonly streaming?: boolean;
  /** Mean time between audits, ms; each is jittered by half. 0 for none. */
  readonly auditInterval?: number;
  /** How many objects were known before a restart, as far as that is known; the first list is checked against it. */
  readonly expected?: number | undefined;
  /** Wait before a suspect list is requested again, ms. */
  readonly suspectWait?: number;
  /** What to serve while listing is forbidden and nothing was ever listed, after so many refusals; undefined: nothing yet. */
  readonly whenForbidden?: (refusals: number) => readonly T[] | undefined;
}

/** Runs until the signal is aborted, whatever the server does. Rejects only when the sink or an observer throws. */
export async function reflect<T extends ApiObject>(
  api: Api,
  resource: Resource<T>,
  sink: Sink<T>,
  options: ReflectOptions<T>,
): Promise<void> {
  const { clock, random, signal, observer = noObserver, namespace = '', selector = '', whenForbidden } = options;
  const {
    pageSize = CLIENT_GO_PAGE,
    streaming = true,
    watchIdleLimit = 180_000,
    auditInterval = 1_800_000,
    suspectWait = 2_000,
    expected = 0,
  } = options;
  const reflected: Reflected = { name: resource.name, namespace };
  const what = reflectedText(reflected);
  const received = (octets: number): void => observer.received(reflected, octets);
  /** Something on the way may break one encoding: after an answer that cannot be read, the next is asked for in the other. */
  let protobuf = true;
  const collection: Collection = { api, clock, resource, namespace, selector, pageSize, received, withProtobuf: () => protobuf };
  const held = new Held<T>();
  const backoff = createBackoff(clock, random);
  const policy = relistPolicy({
    random,
    backoff,
    relists: createBackoff(clock, random, 0),
    suspectWait,
    streaming,
  });
  let interruption = new AbortController();
  let refusals = 0;
  /** The next answer may come from another server, or from this one after a restore. */
  let mayBeAnother = false;

  const invalid = (message: string): void => observer.invalid(reflected, message);
  const complaints: Complaints = { invalid, leftOut: onceEach(invalid) };
  const applied: Applied<T> = { resource, held, sink, complaints, passedOver: () => observer.passedOver(reflected) };
  const gathering = (): GatheringListing<T> => gatherListing(resource, held, complaints, policy.ignoresHeld);

  function settle(listing: GatheringListing<T>, version: string, how: 'stream' | 'pages', since: number): void {
    if (version === '') throw new Failure('malformed', `list ${what}: it has no resourceVersion, from which to watch on`);
    const objects = held.version === '' ? expected : held.items.size;
    const neverEmpty = resource.neverEmpty && namespace === '' && selector === '';
    const suspicion =
      policy.relistCause === 'suspect' ? '' : suspicionOf(listing.items.size, version, { version: held.version, objects, neverEmpty });
    if (suspicion !== '') throw new Failure('suspect', `list ${what}: not believed yet: ${suspicion}; asking again`);
    held.replace(listing, version);
    sink.replace(held.items.values());
    policy.listed(how === 'stream');
    mayBeAnother = false;
    observer.holds(reflected, held.items.size, held.version);
    observer.listed(reflected, how, clock.monotonic() - since);
  }

  async function listPages(): Promise<void> {
    const since = clock.monotonic();
    const listing = gathering();
    const version = await list(collection, (object) => listing.add(object), interruption.signal, {
      whole: policy.inOnePage,
      // Before the first list no object is known, so looking each item up would be wasted.
      isKnown: held.version === '' ? undefined : (told) => listing.keep(told),
    });
    settle(listing, version, 'pages', since);
  }

  async function watchOnce(initialEvents: boolean): Promise<void> {
    const since = clock.monotonic();
    let listing = initialEvents ? gathering() : undefined;
    let events = 0;

    function count(type: EventType): void {
      events++;
      observer.event(reflected, type);
    }
    function isKnown(told: Told): boolean {
      if (listing?.keep(told) !== true) return false;
      count('ADDED');
      return true;
    }
    function take(type: EventType, object: Fields, guard: Pick<IdleGuard, 'limit'>): void {
      count(type);
      if (listing === undefined) {
        apply(applied, type, object);
        policy.progressed();
        observer.holds(reflected, held.items.size, held.version);
      } else if (gather(what, listing, type, object)) {
        settle(listing, versionOf(object), 'stream', since);
        listing = undefined;
        guard.limit(watchIdleLimit);
        backoff.stands();
      }
    }

    // client-go's values: the watches of replicas should not all end at once.
    const timeoutSeconds = Math.round(300 + random() * 300);
    const request = {
      resourceVersion: held.version,
      initialEvents,
      timeoutSeconds,
      idleLimit: initialEvents ? Math.min(STREAM_IDLE_LIMIT, watchIdleLimit) : watchIdleLimit,
      signal: interruption.signal,
      begun: () => {
        observer.watching(reflected);
        if (!initialEvents) backoff.stands();
      },
      isKnown: initialEvents && held.version !== '' ? isKnown : undefined,
    };
    await watch(collection, request, take);
    // A server ends all watches at once when its etcd was restored.
    mayBeAnother ||= clock.monotonic() - since < timeoutSeconds * 1000 - EARLY;
    if (listing !== undefined) throw new Failure('cut', `watch ${what}: the server ended it before the list was complete`);
    if (events === 0 && clock.monotonic() - since < SHORT_WATCH)
      throw new Failure('brief', `watch ${what}: the server ended it at once without an event`);
  }

  /**
   * Fails when the server is behind what is held: restored from a backup, or recreated, it sends nothing to a watch from a version it has yet to
   * reach.
   */
  async function checkVersion(): Promise<void> {
    const { version } = held;
    const current = await currentVersion(collection, interruption.signal);
    if (isOlder(current, version))
      throw new Failure('backwards', `list ${what}: the server is at version ${current}, but ${version} was seen before; listing again`);
    mayBeAnother = false;
  }

  async function attempt(byStream: boolean): Promise<void> {
    if (policy.relistCause !== undefined) observer.listing(reflected, policy.relistCause);
    else if (mayBeAnother) await checkVersion();
    if (policy.relistCause === undefined || byStream) await watchOnce(byStream);
    else await listPages();
  }

  /** Does what a failure calls for at once, and returns the wait before the next attempt, ms. */
  function recover(failure: Failure, byStream: boolean): number {
    mayBeAnother ||= GONE.has(failure.reason);
    if (REFUSED.has(failure.reason)) api.renew();
    if (failure.reason === 'malformed') protobuf = !protobuf;
    const wait = policy.failed(failure, byStream);
    const presumed = failure.reason === 'forbidden' && held.version === '' ? whenForbidden?.(++refusals) : undefined;
    if (presumed !== undefined) sink.replace(presumed);
    if (presumed !== undefined && presumed.length > 0) observer.presumed(reflected, presumed.length);
    else observer.failed(reflected, failure, wait);
    return wait;
  }

  function onAudit(differences: number): void {
    observer.audited(reflected, differences);
    if (differences === 0) return;
    policy.differs();
    interruption.abort(new Failure('audit', `audit ${what}: ${differences} objects differ from the server's; listing again`));
  }

  async function keepEqual(): Promise<void> {
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const { byStream } = policy;
      interruption = new AbortController();
      const unlink = forward(signal, interruption);
      try {
        await attempt(byStream);
      } catch (error) {
        if (ended()) return;
        if (!(error instanceof Failure)) throw error;
        const wait = recover(error, byStream);
        if (wait > 0) await clock.wait(wait, signal).catch(() => undefined);
      } finally {
        unlink();
      }
    }
  }

  const over = new AbortController();
  const audits = audit(collection, held, { clock, random, signal: over.signal, interval: auditInterval }, onAudit);
  await Promise.all([keepEqual().finally(() => over.abort()), audits]);
}

const CLIENT_GO_PAGE = 500;

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
