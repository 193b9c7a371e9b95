/** One connection of DNS over HTTPS: the number of requests in each stage, and so what the connection waits for. */
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Client } from '../wire/query.ts';
import { closeGently } from './accept.ts';
import type { Connection, Connections, Waiting } from './connections.ts';
import type { CloseReason } from './observer.ts';

/** The stage of a request: its query is arriving, it waits for us, or its response waits for the client. */
export type RequestStage = 'reading' | 'answering' | 'unread';

/** A response, and the Clock.monotonic() at which it was ready. */
interface Ready {
  readonly send: () => void;
  readonly at: number;
}

/**
 * ms that a ready response waits for a turn of its own, before all that are ready are sent together: while UDP is busy a turn takes some ms. Longer
 * than tens of connections with tens of requests each make one another wait, where sending together gains nothing.
 */
const MAX_WAIT = 1000;
/** Octets of unread answers from which on the next query of a connection has to wait. */
const ROOM = 128 << 10;
/** Octets of memory an open request takes besides its answer, in Node.js, V8 and nghttp2. */
export const REQUEST_SIZE: number = 8 << 10;

export class HttpsConnection implements Connection {
  readonly clientAddress: string;
  readonly client: Client;
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #requests: Record<RequestStage, number> = { reading: 0, answering: 0, unread: 0 };
  /** Octets of answers written and not yet read by the client. */
  #unread = 0;
  /** Queries that wait for room. */
  readonly #held = new Set<() => void>();
  #session: Http2Session | undefined;
  /** Responses for later turns of the event loop; undefined while one may still be sent in this turn. */
  #later: Ready[] | undefined;
  #finishing = false;

  /** Starts the time limit of the TLS handshake. */
  constructor(socket: Socket, client: Client, connections: Connections, clock: Clock) {
    this.clientAddress = socket.remoteAddress ?? '';
    this.client = client;
    this.#connections = connections;
    this.#clock = clock;
    this.#socket = socket;
    connections.add(this);
    connections.waits(this, 'reading');
    socket.on('error', () => undefined);
    socket.on('close', () => connections.remove(this));
  }

  get answering(): number {
    return this.#requests.answering;
  }

  /** Called when the handshake is done; `session` is undefined for HTTP/1.1. */
  ready(session: Http2Session | undefined): void {
    this.#session = session;
    this.#wait();
  }

  /** Moves a request from one stage to the next; undefined is before the first and after the last. */
  moves(from: RequestStage | undefined, to: RequestStage | undefined): void {
    if (from !== undefined) this.#requests[from]--;
    if (to !== undefined) this.#requests[to]++;
    if (this.#finishing && this.#isIdle && this.#session === undefined) this.#socket.destroySoon();
    else this.#wait();
    if (from === 'reading' || to === 'reading') this.#tell();
  }

  /** Adds to the octets that the client has yet to read; a negative number subtracts. */
  owes(octets: number): void {
    this.#unread += octets;
    // A closing connection drops its unread answers all at once, which must not let held queries in.
    if (this.#socket.destroyed || this.#session?.destroyed === true) this.#held.clear();
    for (const ask of this.#held) {
      if (this.#unread >= ROOM) break;
      this.#held.delete(ask);
      ask();
    }
    this.#tell();
  }

  /** A request takes memory while its body has not ended, and while it waits for room. */
  #tell(): void {
    this.#connections.holds(this, this.#unread + this.#requests.reading * REQUEST_SIZE);
  }

  /** Runs `ask` once the client has read enough of its answers, since an answer costs more than a query. The function returned cancels it. */
  whenRoom(ask: () => void): () => void {
    if (this.#unread < ROOM) ask();
    else this.#held.add(ask);
    return () => this.#held.delete(ask);
  }

  /** Runs `send` in its own turn of the event loop, so that each response is its own TLS record: some clients (dnsperf) read only one from each. */
  inTurn(send: () => void): void {
    if (this.#later !== undefined) {
      this.#later.push({ send, at: this.#clock.monotonic() });
      return;
    }
    this.#later = [];
    send();
    setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    const later = this.#later!;
    const [oldest] = later;
    if (oldest === undefined) {
      this.#later = undefined;
      return;
    }
    const hasWaited = this.#clock.monotonic() - oldest.at > MAX_WAIT;
    for (const { send } of later.splice(0, hasWaited ? Infinity : 1)) send();
    setImmediate(this.#nextTurn);
  };

  /** Sends GOAWAY first if no request is in flight, so that the client knows that none was lost. */
  close(reason: CloseReason): void {
    const session = this.#session;
    // A graceful close would keep the socket until the client has read its answers.
    if (reason === 'unread') this.#socket.resetAndDestroy();
    else if (session === undefined || !this.#isIdle) this.#socket.destroy();
    else closeGently(this.#socket, () => session.close());
  }

  drop(reason: CloseReason): void {
    this.#connections.remove(this, reason);
    this.close(reason);
  }

  finish(): void {
    this.#finishing = true;
    // Sends GOAWAY; the session closes by itself after the last response.
    if (this.#session !== undefined) this.#session.close();
    else if (this.#isIdle) this.#socket.destroySoon();
  }

  get #isIdle(): boolean {
    const { reading, answering, unread } = this.#requests;
    return reading + answering + unread === 0;
  }

  #wait(): void {
    const { reading, answering, unread } = this.#requests;
    const waiting: Waiting = unread > 0 ? 'unread' : reading > 0 ? 'reading' : answering > 0 ? 'answering' : 'idle';
    this.#connections.waits(this, waiting);
  }
}
