/** Keeps a sink equal to one collection of an API server: lists it, watches it, and begins again whenever the server, the network or the stream cannot be trusted. */
import type { Clock, Random } from '../clock.ts';
import type { ApiObject, Sink } from '../cluster/model.ts';
import type { Api } from './api.ts';
import { audit } from './audit.ts';
import { createBackoff } from './backoff.ts';
import type { Collection } from './collection.ts';
import { Failure } from './failure.ts';
import type { FailureReason } from './failure.ts';
import { Problem, fieldsOf } from './fields.ts';
import type { Fields } from './fields.ts';
import { Held } from './held.ts';
import type { Listing } from './held.ts';
import { list } from './list.ts';
import { gatherListing, suspicionOf } from './listing.ts';
import type { GatheringListing } from './listing.ts';
import { noObserver } from './observer.ts';
import type { EventType, Reflected, RelistCause, ReflectorObserver } from './observer.ts';
import { identityOf, parse } from './resource.ts';
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
  /** A watch without event or bookmark for so long is replaced, ms. The server sends a bookmark about every minute. */
  readonly watchIdleLimit?: number;
  /** Mean time between audits, ms; each is jittered by a half. 0 for none. */
  readonly auditInterval?: number;
  /** Before a suspect list is asked for again, ms. */
  readonly suspectWait?: number;
  /** Served while listing is forbidden and nothing was ever listed. */
  readonly whenForbidden?: Iterable<T>;
}

/** Runs until the signal is aborted, whatever the server does. Rejects only when the sink throws. */
export async function reflect<T extends ApiObject>(
  api: Api,
  resource: Resource<T>,
  sink: Sink<T>,
  options: ReflectOptions<T>,
): Promise<void> {
  const { clock, random, signal, observer = noObserver, namespace = '', selector = '', whenForbidden } = options;
  const { watchIdleLimit = 180_000, auditInterval = 1_800_000, suspectWait = 2_000 } = options;
  const reflected: Reflected = { name: resource.name, namespace };
  const collection: Collection = {
    api,
    clock,
    resource,
    namespace,
    selector,
    received: (octets) => observer.received(reflected, octets),
  };
  const held = new Held<T>();
  const backoff = createBackoff(clock, random);
  const invalid = (message: string): void => observer.invalid(reflected, message);

  /** Why a complete list is needed; undefined while a watch goes on from what is held. */
  let needs = 'start' as RelistCause | undefined;
  /** How often the server would not give a streaming list. */
  let refusals = 0;
  /** After a streaming list that failed: the next one in pages. */
  let pagesNext = false;
  /** After a page's token expired: the next one whole. */
  let whole = false;
  let failures = 0;
  let interruption = new AbortController();

  function settle(listing: Listing<T>, version: string, how: 'stream' | 'pages', since: number): void {
    const suspicion = needs === 'suspect' ? '' : suspicionOf(resource, held, listing, version, namespace === '' && selector === '');
    if (suspicion !== '') throw new Failure('suspect', `list ${resource.name}: not believed yet: ${suspicion}; asking again`);
    held.replace(listing, version);
    sink.replace(held.items.values());
    needs = undefined;
    pagesNext = whole = false;
    failures = 0;
    observer.listed(reflected, how, clock.monotonic() - since);
    observer.holds(reflected, held.items.size, held.version);
  }

  async function listPages(): Promise<void> {
    const since = clock.monotonic();
    const listing = gatherListing(resource, held, invalid);
    const version = await list(collection, (object) => listing.add(object), interruption.signal, { whole });
    settle(listing, version, 'pages', since);
  }

  async function watchOnce(initialEvents: boolean): Promise<void> {
    const since = clock.monotonic();
    let listing = initialEvents ? gatherListing(resource, held, invalid) : undefined;
    let events = 0;
    // client-go's figures: replicas' watches shall not all end at once.
    const timeoutSeconds = Math.round(300 + random() * 300);
    const begun = (): void => observer.watching(reflected);
    const request = {
      resourceVersion: held.version,
      initialEvents,
      timeoutSeconds,
      idleLimit: watchIdleLimit,
      signal: interruption.signal,
      begun,
    };
    await watch(collection, request, (type, object) => {
      events++;
      observer.event(reflected, type);
      if (listing === undefined) apply(type, object);
      else if (gather(listing, type, object)) {
        settle(listing, versionOf(object), 'stream', since);
        listing = undefined;
      }
    });
    if (listing !== undefined) throw new Failure('cut', `watch ${resource.name}: the server ended it before the list was complete`);
    if (events === 0 && clock.monotonic() - since < SHORT_WATCH)
      throw new Failure('brief', `watch ${resource.name}: the server ended it at once without an event`);
  }

  function apply(type: EventType, object: Fields): void {
    if (type === 'BOOKMARK') {
      const version = versionOf(object);
      if (isOlder(version, held.version))
        throw new Failure('backwards', `watch ${resource.name}: a bookmark at ${version}, but ${held.version} was seen before`);
      held.advance(version);
    } else {
      try {
        applyChange(type, object);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        invalid(`a ${resource.kind} without a readable name: ${error.message}`);
      }
    }
    failures = 0;
    observer.holds(reflected, held.items.size, held.version);
  }

  function applyChange(type: EventType, object: Fields): void {
    const identity = identityOf(object, resource.namespaced);
    const deleted = type === 'DELETED';
    if (held.isOld(identity, deleted)) {
      observer.passedOver(reflected);
      return;
    }
    if (deleted) {
      if (held.remove(identity)) sink.remove(identity.key);
    } else {
      const value = parse(resource, object, identity);
      if (value instanceof Problem) {
        invalid(value.message);
        held.setAside(identity, true);
      } else if (value === undefined) {
        if (held.setAside(identity, false)) sink.remove(identity.key);
      } else {
        held.put(value);
        sink.put(value);
      }
    }
    held.advance(identity.resourceVersion);
  }

  /** Decides what comes next, and gives the wait before it, ms. */
  function recover(failure: Failure, initialEvents: boolean): number {
    failures++;
    const { reason, retryAfter } = failure;
    if (initialEvents && needs !== undefined && STREAM.has(reason)) {
      pagesNext = true;
      refusals = reason === 'rejected' ? REFUSALS : reason === 'server' ? refusals + 1 : refusals;
      // It may be the streaming list only that the server cannot: a list in pages is asked for at once.
      if (failures === 1) return 0;
    }
    if (reason === 'unauthorized') api.renew();
    if (reason === 'forbidden' && held.version === '' && whenForbidden !== undefined) sink.replace(whenForbidden);
    if (reason === 'expired' && needs !== undefined) whole = true;
    const relist = RELIST[reason];
    if (relist !== undefined && failures >= relist.after) needs = relist.cause === 'suspect' ? 'suspect' : (needs ?? relist.cause);
    if (reason === 'audit') return 0;
    // What the server asks for, and a little more so that its clients do not return together; not for ever.
    if (retryAfter > 0) return Math.min(retryAfter, 60) * 1000 * (1 + random() / 2);
    return reason === 'suspect' ? suspectWait : backoff.next();
  }

  /** A suspect list is asked again in another way than it came. */
  function byStream(): boolean {
    return needs !== undefined && needs !== 'suspect' && refusals < REFUSALS && !pagesNext;
  }

  async function attempt(initialEvents: boolean): Promise<void> {
    if (needs !== undefined) observer.listing(reflected, needs);
    if (needs === undefined || initialEvents) await watchOnce(initialEvents);
    else await listPages();
  }

  function onAudit(differences: number): void {
    observer.audited(reflected, differences);
    if (differences === 0) return;
    needs ??= 'audit';
    interruption.abort(new Failure('audit', `audit ${resource.name}: ${differences} objects differ from the server's; listing again`));
  }

  const over = new AbortController();
  const audits = audit(
    collection,
    held,
    { clock, random, signal: AbortSignal.any([signal, over.signal]), interval: auditInterval },
    onAudit,
  );
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    const initialEvents = byStream();
    interruption = new AbortController();
    const unlink = forward(signal, interruption);
    try {
      await attempt(initialEvents);
    } catch (error) {
      if (ended()) break;
      if (!(error instanceof Failure)) {
        over.abort();
        throw error;
      }
      const wait = recover(error, initialEvents);
      observer.failed(reflected, error, wait);
      if (wait > 0) await clock.wait(wait, signal).catch(() => undefined);
    } finally {
      unlink();
    }
  }
  await audits;
}

/** A watch shorter than this without an event is an error, lest a server that ends each at once is asked in a tight loop (client-go), ms. */
const SHORT_WATCH = 1_000;

/** Failures that may be the streaming list's own: the next list comes in pages. */
const STREAM: ReadonlySet<FailureReason> = new Set(['rejected', 'server', 'idle', 'cut', 'malformed']);

/** After so many no streaming list is asked for again. A 4xx says at once that there is none; a 500 is also what one says whose etcd is too old for it. */
const REFUSALS = 2;

/** Which failures, after how many in a row without an event or a list between them, mean that going on from what is held is not safe or not possible. */
const RELIST: Readonly<Partial<Record<FailureReason, { after: number; cause: RelistCause }>>> = {
  expired: { after: 1, cause: 'expired' },
  backwards: { after: 1, cause: 'backwards' },
  suspect: { after: 1, cause: 'suspect' },
  audit: { after: 1, cause: 'audit' },
  ahead: { after: 2, cause: 'failing' },
  malformed: { after: 2, cause: 'failing' },
  idle: { after: 2, cause: 'failing' },
  rejected: { after: 2, cause: 'failing' },
  server: { after: 5, cause: 'failing' },
};

/** True when it was all. */
function gather<T>(listing: GatheringListing<T>, type: EventType, object: Fields): boolean {
  if (type === 'BOOKMARK')
    return fieldsOf(fieldsOf(object.metadata, 'metadata').annotations, 'annotations')['k8s.io/initial-events-end'] === 'true';
  if (type === 'DELETED') listing.remove(object);
  else listing.add(object);
  return false;
}

function versionOf(bookmark: Fields): string {
  const version = fieldsOf(bookmark.metadata, 'metadata').resourceVersion;
  return typeof version === 'string' ? version : '';
}

function forward(signal: AbortSignal, to: AbortController): () => void {
  const onAbort = (): void => to.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  return () => signal.removeEventListener('abort', onAbort);
}
