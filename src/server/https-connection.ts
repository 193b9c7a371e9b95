/** One connection of DNS over HTTPS: how many requests are on it, and so what it waits for. */
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Client } from '../wire/query.ts';
import { closeGently } from './accept.ts';
import type { Connection, Connections, Waiting } from './connections.ts';
import type { CloseReason } from './observer.ts';

/** Where a request stands: its query comes, it waits for us, its response waits for the client. */
export type RequestStage = 'reading' | 'answering' | 'unread';

/** A response, and Clock.monotonic() of when it was ready. */
interface Ready {
  readonly send: () => void;
  readonly at: number;
}

/**
 * What is ready waits no longer for turns than this, ms, and then goes together: while UDP is busy they take some ms each. Longer than tens of
 * connections with tens of requests each keep one another waiting, where going together wins nothing.
 */
const MAX_WAIT = 1000;
/** Octets of answers that a connection may owe before its next question is looked at. */
const ROOM = 128 << 10;
/** What an open request takes besides its answer: of Node's, of V8's and of nghttp2's memory, octets. */
export const REQUEST_SIZE: number = 8 << 10;

export class HttpsConnection implements Connection {
  readonly clientAddress: string;
  readonly client: Client;
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #requests: Record<RequestStage, number> = { reading: 0, answering: 0, unread: 0 };
  /** Octets of answers made, and not read yet. */
  #unread = 0;
  /** Questions for later. */
  readonly #held = new Set<() => void>();
  #session: Http2Session | undefined;
  /** Responses for later turns of the event loop; undefined when this turn's is still to be given. */
  #later: Ready[] | undefined;
  #finishing = false;

  /** The TLS handshake begins, and must end in time. */
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

  /** The handshake is done. */
  ready(session: Http2Session | undefined): void {
    this.#session = session;
    this.#wait();
  }

  /** A request goes from one stage to the next; undefined is before its first and after its last. */
  moves(from: RequestStage | undefined, to: RequestStage | undefined): void {
    if (from !== undefined) this.#requests[from]--;
    if (to !== undefined) this.#requests[to]++;
    if (this.#finishing && this.#isIdle && this.#session === undefined) this.#socket.destroySoon();
    else this.#wait();
  }

  /** Its client has as many more octets to read, or fewer. */
  owes(octets: number): void {
    this.#unread += octets;
    // All that is unread is given up at once when a connection closes: it makes no room.
    if (this.#socket.destroyed || this.#session?.destroyed === true) this.#held.clear();
    for (const ask of this.#held) {
      if (this.#unread >= ROOM) break;
      this.#held.delete(ask);
      ask();
    }
    this.#connections.holds(this, this.#unread + this.#held.size * REQUEST_SIZE);
  }

  /** Runs `ask` once its client has read what it was answered: an answer costs more than a question. The function returned forgets it. */
  whenRoom(ask: () => void): () => void {
    if (this.#unread < ROOM) ask();
    else this.#held.add(ask);
    return () => this.#held.delete(ask);
  }

  /** Runs `send` in a turn of its own, so that each response is a TLS record of its own: there are clients (dnsperf) that read but one from each. */
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

  /** By GOAWAY where no request is under way: its client need not wonder which were answered. */
  close(reason: CloseReason): void {
    const session = this.#session;
    // Answers that the client does not read would keep the socket until it does.
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
    // GOAWAY; closes by itself after the last response.
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
