/**
 * Caches the answers of upstreams (RFC 1035 section 7.4, RFC 2308, RFC 8767): a hit returns a value, a miss is one upstream question however many
 * clients wait, popular entries are prefetched before they expire, and expired ones are served while upstreams fail.
 */
import type { Clock, Random } from '../clock.ts';
import { ageOf, emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, ExtendedError, isMetaType, Rcode } from '../wire/iana.ts';
import type { Name } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import { MOST_HITS } from './cache/entry-memory.ts';
import { Flight, Flights } from './cache/flights.ts';
import { entriesOf } from './cache/inspect.ts';
import { keepable, limited } from './cache/lifetime.ts';
import {
  Hit,
  Kind,
  MAX_WAITING,
  silentCacheObserver,
  type CacheControl,
  type CacheEntry,
  type CacheObserver,
  type CacheOptions,
  type CacheStatistics,
  type Flush,
} from './cache/options.ts';
import { isFailure, staleAnswer } from './cache/stale.ts';
import { Store, type Held, type StoreOptions } from './cache/store.ts';
import { ClientPlaces } from './client-limit/client-places.ts';
import type { Handler, Outcome, Stage } from './handler.ts';
import type { Lasting } from './lasting.ts';
import { isBelowAny, suffixSet } from './suffixes.ts';

/** An entry is prefetched if it has had more hits than this since it was stored. */
const POPULAR = 2;
/** Hits a second, on average since it was stored, from which on its response is kept: keeping costs as much as answering from it once saves. */
const FREQUENT = 4;
/** The fraction of its TTL after which an entry is prefetched. */
const PREFETCH_AFTER = 0.9;

export class Cache implements CacheControl {
  /** The stage; `next` asks upstreams. */
  readonly stage: Stage = (next) => (query) => this.#answer(query, next);
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observer: CacheObserver;
  readonly #waiting: ClientPlaces;
  readonly #flights: Flights;
  #options: CacheOptions;
  #store: Store;

  /**
   * `cacheSize` is the size of this one cache: with several serving threads, the caller divides. `waiting`: the places of clients that wait, whether
   * for their own question or for another client's that is the same.
   */
  constructor(
    options: CacheOptions,
    clock: Clock,
    random: Random,
    observer: CacheObserver = silentCacheObserver,
    waiting: ClientPlaces = new ClientPlaces({ places: MAX_WAITING, perClient: 0 }),
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#observer = observer;
    this.#waiting = waiting;
    this.#flights = new Flights(random);
    this.#store = this.#emptyStore();
  }

  #answer(query: Query, next: Handler): Outcome | Promise<Outcome> {
    if (query.class !== Class.IN || isMetaType(query.type)) return next(query);
    const key = keyOf(query);
    const held = this.#store.find(query.name, key);
    const now = query.receivedAt;
    // Without RD no upstream is asked (RFC 1034 section 4.3.2); the refusal that follows must not be cached as an upstream failure.
    if (!query.recursionDesired)
      return held !== undefined && now < this.#store.memory.expires(held.at) ? this.#serve(held, now) : next(query);
    if (held === undefined) return this.#ask(query, key, next);
    if (now < this.#store.memory.askAt(held.at)) return this.#serve(held, now);
    if (now < this.#store.memory.expires(held.at)) return this.#refresh(query, held, next);
    return this.#isOfUse(held, now) ? this.#renew(query, held, next) : this.#ask(query, key, next);
  }

  #serve(held: Held, now: number): Answer {
    const { memory } = this.#store;
    if (now >= memory.expires(held.at)) return this.#serveStale(held);
    memory.countHits(held.at, 1);
    this.#observer.hit(hitOf(memory.kind(held.at)));
    return held.answer;
  }

  #serveStale(held: Held): Answer {
    this.#store.memory.countHits(held.at, 1);
    this.#observer.hit(Hit.stale);
    return this.#stale(held);
  }

  #stale(held: Held): Answer {
    if (held.answer.source !== Source.stale) held.answer = staleAnswer(held.answer, this.#options.staleTtl);
    return held.answer;
  }

  /**
   * Returns how long an entry whose answer is `answer` is served just so: its TTLs count down in whole seconds. Undefined: no entry's, about to be
   * renewed, or so seldom that it does not pay. `repeats`: how often it was repeated since this was last asked.
   */
  lasting(query: Query, answer: Answer, repeats: number): Lasting | undefined {
    const { memory } = this.#store;
    const held = this.#store.find(query.name, keyOf(query));
    if (held?.answer !== answer) return undefined;
    memory.countHits(held.at, repeats);
    const seconds = ageOf(answer, query.receivedAt) + 1;
    const isFrequent = memory.hits(held.at) >= Math.min(FREQUENT * seconds, MOST_HITS);
    if (!isFrequent || this.#flights.find(held.name, held.key) !== undefined) return undefined;
    return { until: Math.min(memory.askAt(held.at), answer.ageing!.since + seconds * 1000), hit: hitOf(memory.kind(held.at)) };
  }

  /** Counts an answer that was repeated; `hit` is that of its Lasting. */
  repeated(hit: number): void {
    this.#observer.hit(hit as Hit);
  }

  /** Serves an entry in the last tenth of its TTL, and asks for it once in the background if it is popular. */
  #refresh(query: Query, held: Held, next: Handler): Answer {
    const { memory } = this.#store;
    const answer = this.#serve(held, query.receivedAt);
    if (memory.hits(held.at) <= POPULAR) return answer;
    memory.setAskAt(held.at, memory.expires(held.at));
    if (this.#flights.find(held.name, held.key) !== undefined) return answer;
    this.#observer.prefetched();
    this.#askBehind(query, held.key, next);
    return answer;
  }

  /** Renews an expired entry; serves it when upstreams fail, or take longer than a client should wait (RFC 8767 section 5). */
  #renew(query: Query, held: Held, next: Handler): Outcome | Promise<Outcome> {
    const { staleClientTimeout } = this.#options;
    let flight = this.#flights.find(held.name, held.key);
    const waited = flight === undefined ? 0 : query.receivedAt - flight.startedAt;
    const hasRoom = this.#waiting.hasRoom(query.client) && !this.#waiting.areFull;
    if (waited >= staleClientTimeout || !hasRoom) {
      if (flight === undefined) this.#askBehind(query, held.key, next);
      return this.#serveStale(held);
    }
    const leads = flight === undefined;
    // Built now, since the entry may be gone by the time it is needed.
    const stale = this.#stale(held);
    const choose = (outcome: Outcome): Outcome => {
      if (isFailure(outcome)) this.#observer.hit(Hit.stale);
      else if (leads) this.#observer.miss();
      else this.#observer.coalesced();
      return isFailure(outcome) ? stale : outcome;
    };
    if (flight === undefined) {
      const begun = this.#begin(query, held.key, next);
      if (!(begun instanceof Flight)) return choose(begun);
      flight = begun;
    }
    return this.#waiting.hold(query.client, flight.within(staleClientTimeout, this.#clock).then(choose));
  }

  #ask(query: Query, key: number, next: Handler): Outcome | Promise<Outcome> {
    const { client } = query;
    if (!this.#waiting.hasRoom(client)) return this.#waiting.refuse(client);
    const flight = this.#flights.find(query.name, key);
    if (flight !== undefined) {
      if (this.#waiting.areFull) return TOO_MANY;
      this.#observer.coalesced();
      return this.#waiting.hold(client, flight.outcome);
    }
    this.#observer.miss();
    const begun = this.#begin(query, key, next);
    return begun instanceof Flight ? this.#waiting.hold(client, begun.outcome) : begun;
  }

  /** Asks in the background, with no client waiting. */
  #askBehind(query: Query, key: number, next: Handler): void {
    const failed = (error: unknown): void => this.#observer.refreshFailed(error);
    try {
      const begun = this.#begin(query, key, next);
      if (begun instanceof Flight) begun.outcome.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Asks upstreams; returns the outcome itself when it is known at once. */
  #begin(query: Query, key: number, next: Handler): Outcome | Flight {
    const { name, type } = query;
    const asked = next(query);
    // A failure known at once is our own refusal, such as of one question too many: it says nothing about upstreams and concerns only this client.
    if (!(asked instanceof Promise)) return isFailure(asked) ? asked : this.#settle(name, type, key, asked);
    const flight = new Flight(name, key, query.receivedAt, asked, (self, outcome) =>
      self.keeps ? this.#settle(name, type, key, outcome) : outcome && limited(type, outcome, this.#options),
    );
    this.#flights.add(flight);
    return flight;
  }

  /** Caches the outcome, and returns what clients get: the same with its TTLs within the limits. */
  #settle(name: Name, type: number, key: number, outcome: Outcome): Outcome {
    if (outcome === undefined) return undefined;
    const now = this.#clock.monotonic();
    if (isFailure(outcome)) {
      const held = this.#store.find(name, key);
      if (held !== undefined && this.#isOfUse(held, now)) {
        // A failure does not replace an entry that may still be served; it only sets when to try again, but not after the entry's end.
        const askAt = Math.max(now + this.#options.staleRecheck, this.#store.memory.askAt(held.at));
        this.#store.memory.setAskAt(held.at, Math.min(askAt, this.#store.endsAt(held.at)));
        return outcome;
      }
    }
    const kept = keepable(type, outcome, this.#options, now);
    if (kept === undefined) {
      // An answer that must not be cached still makes the older one outdated.
      if (!isFailure(outcome) && outcome.truncated !== true) this.#store.remove(name, key);
    } else {
      const expires = kept.since + kept.ttl * 1000;
      const prefetches = this.#options.prefetch && kept.kind !== Kind.failure;
      const askAt = prefetches ? kept.since + kept.ttl * 1000 * PREFETCH_AFTER : expires;
      this.#store.put({ name, key, kept, expires, askAt }, now);
    }
    this.#report();
    if (kept === undefined) return limited(type, outcome, this.#options);
    return kept.kind === Kind.failure ? outcome : kept.answer;
  }

  /** Whether an expired entry may still be served. */
  #isOfUse(held: Held, now: number): boolean {
    return this.#store.memory.kind(held.at) !== Kind.failure && now < this.#store.endsAt(held.at);
  }

  inspect(name: Name): readonly CacheEntry[] {
    return entriesOf(this.#store, name, this.#clock.monotonic(), this.#options.serveStale);
  }

  flush(what: Flush): number {
    const zones = suffixSet('zones' in what ? what.zones : []);
    const matches = (name: Name): boolean => ('name' in what ? name === what.name : 'zones' in what ? isBelowAny(zones, name) : true);
    this.#flights.disown(matches);
    let flushed = 0;
    for (const at of this.#store.positions()) {
      if (!matches(this.#store.memory.name(at))) continue;
      this.#store.removeAt(at);
      flushed++;
    }
    this.#observer.flushed?.();
    this.#report();
    return flushed;
  }

  /** Questions in flight to upstreams. */
  get asking(): number {
    return this.#flights.size;
  }

  statistics(): CacheStatistics {
    const [positive, negative, failure] = this.#store.entries;
    return {
      entries: { positive, negative, failure },
      bytes: this.#store.used,
      limit: this.#options.cacheSize,
      asking: this.asking,
      waiting: this.#waiting.taken,
    };
  }

  configure(options: CacheOptions): void {
    const resized = options.cacheSize !== this.#options.cacheSize;
    this.#options = options;
    if (resized) this.#store = this.#emptyStore();
    else this.#store.configure(this.#storeOptions());
    this.#report();
  }

  #emptyStore(): Store {
    return new Store(this.#storeOptions(), this.#random, (kind) => this.#observer.evicted(kind));
  }

  #storeOptions(): StoreOptions {
    const { cacheSize, serveStale, cacheAuthoritative } = this.#options;
    return { bytes: cacheSize, keepStale: serveStale * 1000, authoritative: cacheAuthoritative };
  }

  #report(): void {
    this.#observer.holds(this.#store.entries, this.#store.used);
  }
}

const TOO_MANY = emptyAnswer(Rcode.SERVFAIL, Source.cache, { code: ExtendedError.OTHER, text: 'too many clients wait for upstreams' });

function hitOf(kind: Kind): Hit {
  return kind === Kind.positive ? Hit.positive : Hit.negative;
}

/** Packs type, DO and CD into one number. */
function keyOf(query: Query): number {
  return (query.type << 2) | (query.edns?.dnssecOk === true ? 2 : 0) | (query.checkingDisabled ? 1 : 0);
}
