/** The connections of one listener: how many there may be, and which is closed when one has waited too long or another needs its place (RFC 7766 section 6). */
import type { Clock } from '../clock.ts';
import type { CloseReason, ListenerObserver } from './observer.ts';

export interface ConnectionLimits {
  /** Open at once. */
  readonly maxConnections: number;
  /** Open at once from one client address. */
  readonly maxConnectionsPerClient: number;
  /** Queries of one connection waiting for an answer at once: no more is read until one is answered. */
  readonly maxQueries: number;
  /** A connection without a query is closed after as many ms. */
  readonly idleTimeout: number;
  /** A query begun must have come whole, and answers must have been read, within as many ms. */
  readonly queryTimeout: number;
  /** Octets that all connections together may hold for clients that do not read. */
  readonly maxUnread: number;
}

export const defaultLimits: ConnectionLimits = {
  maxConnections: 10_000,
  maxConnectionsPerClient: 1000,
  maxQueries: 128,
  idleTimeout: 10_000,
  queryTimeout: 5000,
  maxUnread: 16 << 20,
};

/** What a connection waits for: the client's next query, the rest of one, us, or the client to read. */
export type Waiting = 'idle' | 'reading' | 'answering' | 'unread';

export interface Connection {
  readonly clientAddress: string;
  /** Closes at once. */
  close(reason: CloseReason): void;
  /** Closes when what it has been asked is answered. */
  finish(): void;
}

const reasons = { idle: 'idle', reading: 'slow', unread: 'unread' } as const;
/** What the connections wait for that may be closed for a newcomer, in that order. */
const expendable = ['idle', 'reading', 'unread'] as const;

interface Place {
  waiting: Waiting;
  since: number;
  /** Octets held until the client reads. */
  unread: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #observer: ListenerObserver;
  readonly #places = new Map<Connection, Place>();
  readonly #perClient = new Map<string, Set<Connection>>();
  /** Those that wait for the client, by what they wait for, the longest waiting first: each waits equally long at most. */
  readonly #queues = { idle: new Set<Connection>(), reading: new Set<Connection>(), unread: new Set<Connection>() };
  #unread = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ConnectionLimits, clock: Clock, observer: ListenerObserver) {
    this.#limits = limits;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Sweeps from time to time, until stopped. */
  start(): void {
    const shortest = Math.min(this.#limits.idleTimeout, this.#limits.queryTimeout);
    this.#timer = setInterval(() => this.sweep(), Math.min(Math.max(shortest / 4, 10), 1000)).unref();
  }

  /** Whether there is a place for one more from `clientAddress`; a connection of its own, or of anybody when all are open, may have been closed for it. */
  admits(clientAddress: string): boolean {
    const { maxConnections, maxConnectionsPerClient } = this.#limits;
    const own = this.#perClient.get(clientAddress);
    if (own !== undefined && own.size >= maxConnectionsPerClient) return this.#displace(this.#firstToGo(own), 'client-limit');
    if (this.#places.size < maxConnections) return true;
    const heads = expendable.flatMap((waiting) => this.#queues[waiting].values().take(1).toArray());
    return this.#displace(heads[0], 'limit');
  }

  /** A new connection, idle. */
  add(connection: Connection): void {
    const { clientAddress } = connection;
    const own = this.#perClient.get(clientAddress);
    if (own === undefined) this.#perClient.set(clientAddress, new Set([connection]));
    else own.add(connection);
    this.#places.set(connection, { waiting: 'idle', since: this.#clock.monotonic(), unread: 0 });
    this.#queues.idle.add(connection);
    this.#observer.opened();
  }

  /** What `connection` waits for from now on; said again, it waits anew. */
  waits(connection: Connection, waiting: Waiting): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    if (place.waiting !== 'answering') this.#queues[place.waiting].delete(connection);
    place.waiting = waiting;
    if (waiting === 'answering') return;
    place.since = this.#clock.monotonic();
    this.#queues[waiting].add(connection);
  }

  /** How many octets `connection` holds until its client reads. Those that have not read for longest go when all hold too many. */
  holds(connection: Connection, octets: number): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#unread += octets - place.unread;
    place.unread = octets;
    for (const slowest of this.#queues.unread) {
      if (this.#unread <= this.#limits.maxUnread) return;
      this.#end(slowest, 'unread');
    }
  }

  /** The connection is closed, by the client or by us; said twice, the first counts. */
  remove(connection: Connection, reason?: CloseReason): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#places.delete(connection);
    this.#unread -= place.unread;
    if (place.waiting !== 'answering') this.#queues[place.waiting].delete(connection);
    const own = this.#perClient.get(connection.clientAddress)!;
    own.delete(connection);
    if (own.size === 0) this.#perClient.delete(connection.clientAddress);
    this.#observer.closed(reason);
  }

  /** Closes those that have waited too long. */
  sweep(): void {
    const now = this.#clock.monotonic();
    const { idleTimeout, queryTimeout } = this.#limits;
    for (const waiting of expendable) {
      const timeout = waiting === 'idle' ? idleTimeout : queryTimeout;
      for (const connection of this.#queues[waiting]) {
        if (now - this.#places.get(connection)!.since < timeout) break;
        this.#end(connection, reasons[waiting]);
      }
    }
  }

  /** All that are open. */
  all(): readonly Connection[] {
    return [...this.#places.keys()];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Of one client's connections the one that a full table would give up first; undefined when all wait for us. */
  #firstToGo(own: ReadonlySet<Connection>): Connection | undefined {
    for (const wanted of expendable) {
      let first: Connection | undefined;
      let earliest = Infinity;
      for (const connection of own) {
        const { waiting, since } = this.#places.get(connection)!;
        if (waiting !== wanted || since >= earliest) continue;
        first = connection;
        earliest = since;
      }
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** Whether there was one to close; else the newcomer is refused. */
  #displace(connection: Connection | undefined, reason: CloseReason): boolean {
    if (connection === undefined) this.#observer.refused(reason);
    else this.#end(connection, 'displaced');
    return connection !== undefined;
  }

  #end(connection: Connection, reason: CloseReason): void {
    this.remove(connection, reason);
    connection.close(reason);
  }
}
