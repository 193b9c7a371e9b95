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
}

export const defaultLimits: ConnectionLimits = {
  maxConnections: 10_000,
  maxConnectionsPerClient: 100,
  maxQueries: 128,
  idleTimeout: 10_000,
  queryTimeout: 5000,
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

interface Place {
  waiting: Waiting;
  since: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #observer: ListenerObserver;
  readonly #places = new Map<Connection, Place>();
  readonly #perClient = new Map<string, number>();
  /** Those that wait for the client, by what they wait for, the longest waiting first: each waits equally long at most. */
  readonly #queues = { idle: new Set<Connection>(), reading: new Set<Connection>(), unread: new Set<Connection>() };
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

  /** Whether there is a place for one more from `clientAddress`; the longest idle connection may have been closed for it. */
  admits(clientAddress: string): boolean {
    const { maxConnections, maxConnectionsPerClient } = this.#limits;
    if ((this.#perClient.get(clientAddress) ?? 0) >= maxConnectionsPerClient) {
      this.#observer.refused('client-limit');
      return false;
    }
    if (this.#places.size < maxConnections) return true;
    const { idle, reading, unread } = this.#queues;
    const [longest] = [idle, reading, unread].flatMap((queue) => queue.values().take(1).toArray());
    if (longest === undefined) {
      this.#observer.refused('limit');
      return false;
    }
    this.#end(longest, 'displaced');
    return true;
  }

  /** A new connection, idle. */
  add(connection: Connection): void {
    const { clientAddress } = connection;
    this.#perClient.set(clientAddress, (this.#perClient.get(clientAddress) ?? 0) + 1);
    this.#places.set(connection, { waiting: 'idle', since: this.#clock.monotonic() });
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

  /** The connection is closed, by the client or by us; said twice, the first counts. */
  remove(connection: Connection, reason?: CloseReason): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#places.delete(connection);
    if (place.waiting !== 'answering') this.#queues[place.waiting].delete(connection);
    const left = this.#perClient.get(connection.clientAddress)! - 1;
    if (left === 0) this.#perClient.delete(connection.clientAddress);
    else this.#perClient.set(connection.clientAddress, left);
    this.#observer.closed(reason);
  }

  /** Closes those that have waited too long. */
  sweep(): void {
    const now = this.#clock.monotonic();
    const { idleTimeout, queryTimeout } = this.#limits;
    for (const waiting of ['idle', 'reading', 'unread'] as const) {
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

  #end(connection: Connection, reason: CloseReason): void {
    this.remove(connection, reason);
    connection.close(reason);
  }
}
