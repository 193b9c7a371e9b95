/** The connections of one listener: how many may be open, and which is closed on a timeout or to make room for another (RFC 7766 section 6). */
import type { Clock } from '../clock.ts';
import type { CloseReason, ListenerObserver } from './observer.ts';

export interface ConnectionLimits {
  /** Open at once. */
  readonly maxConnections: number;
  /** Open at once from one client address. */
  readonly maxConnectionsPerClient: number;
  /** Queries of one connection waiting for an answer at once: no more are read until one is answered. */
  readonly maxQueries: number;
  /** ms after which a connection without a query is closed. */
  readonly idleTimeout: number;
  /** ms within which a query once begun must be complete, and answers must be read. */
  readonly queryTimeout: number;
  /** Octets that all connections together may hold for clients that do not read, or do not finish their requests. */
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
  /** Closes once the queries in flight are answered. */
  finish(): void;
}

const reasons = { idle: 'idle', reading: 'slow', unread: 'unread' } as const;
/** The states in which a connection may be closed to make room for a new one. */
const expendable = ['idle', 'reading', 'unread'] as const;

interface Place {
  waiting: Waiting;
  since: number;
  /** Octets held until the client reads, or finishes its requests. */
  unread: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #observer: ListenerObserver;
  readonly #places = new Map<Connection, Place>();
  readonly #perClient = new Map<string, Set<Connection>>();
  /** The connections waiting for their client, by state, longest waiting first: within a state all have the same timeout. */
  readonly #queues = { idle: new Set<Connection>(), reading: new Set<Connection>(), unread: new Set<Connection>() };
  #unread = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ConnectionLimits, clock: Clock, observer: ListenerObserver) {
    this.#limits = limits;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Sweeps periodically, until stopped. */
  start(): void {
    const shortest = Math.min(this.#limits.idleTimeout, this.#limits.queryTimeout);
    // After this process has paused, timers run before what came meanwhile is read, and immediates after: before that, nobody is late.
    const sweep = (): void => void setImmediate(() => this.sweep());
    this.#timer = setInterval(sweep, Math.min(Math.max(shortest / 4, 10), 1000)).unref();
  }

  /**
   * Returns whether one more connection from `clientAddress` may open. To make room, closes one of the same client when that client is at its limit,
   * or any when all are open: the one that has waited longest for its client, whatever for. One that has just opened is idle until its first query
   * comes; were idle ones to go first, clients that hold theirs with the beginnings of queries would push it out.
   */
  admits(clientAddress: string): boolean {
    const { maxConnections, maxConnectionsPerClient } = this.#limits;
    const own = this.#perClient.get(clientAddress);
    if (own !== undefined && own.size >= maxConnectionsPerClient) return this.#displace(this.#firstToGo(own), 'client-limit');
    if (this.#places.size < maxConnections) return true;
    const heads = expendable.flatMap((waiting) => this.#queues[waiting].values().take(1).toArray());
    return this.#displace(this.#firstToGo(heads), 'limit');
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

  /** Sets what `connection` waits for; its timeout starts over, even if that has not changed. */
  waits(connection: Connection, waiting: Waiting): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    if (place.waiting !== 'answering') this.#queues[place.waiting].delete(connection);
    place.waiting = waiting;
    if (waiting === 'answering') return;
    place.since = this.#clock.monotonic();
    this.#queues[waiting].add(connection);
  }

  /**
   * Sets how many octets `connection` holds until its client reads or sends more. When all together hold too many, closes those that have waited
   * longest.
   */
  holds(connection: Connection, octets: number): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#unread += octets - place.unread;
    place.unread = octets;
    for (const queue of [this.#queues.unread, this.#queues.reading]) {
      for (const slowest of queue) {
        if (this.#unread <= this.#limits.maxUnread) return;
        if (this.#places.get(slowest)!.unread > 0) this.#end(slowest, 'unread');
      }
    }
  }

  /** Removes a connection closed by the client or by us; a second call has no effect. */
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

  /** Closes the connections that have waited too long. */
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

  /** All open connections. */
  all(): readonly Connection[] {
    return [...this.#places.keys()];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Returns which of the connections has waited longest for its client; undefined when all wait for us. */
  #firstToGo(connections: Iterable<Connection>): Connection | undefined {
    let first: Connection | undefined;
    let earliest = Infinity;
    for (const connection of connections) {
      const { waiting, since } = this.#places.get(connection)!;
      if (waiting === 'answering' || since >= earliest) continue;
      first = connection;
      earliest = since;
    }
    return first;
  }

  /** Returns whether there was a connection to close; if not, the new one is refused. */
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
