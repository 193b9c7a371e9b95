/** One TCP or TLS connection: length-prefixed messages, each answered as soon as its answer is ready (RFC 7766 sections 6.2.1.1 and 8). */
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { uint16At } from '../wire/integers.ts';
import { HEADER_SIZE, type Client } from '../wire/query.ts';
import { closeGently } from './accept.ts';
import type { Connection, Connections, Waiting } from './connections.ts';
import type { Respond } from './listener.ts';
import type { CloseReason, ListenerObserver } from './observer.ts';

/** What all connections of a listener share. */
export interface Shared {
  readonly respond: Respond;
  readonly clock: Clock;
  readonly observer: ListenerObserver;
  readonly connections: Connections;
  readonly maxQueries: number;
  /** MAX_MESSAGE octets into which every answer is written, then copied. */
  readonly target: Uint8Array;
}

/** Octets of the longest query accepted: with a larger limit a few thousand slow connections would take all memory. No real query comes near it. */
export const MAX_QUERY = 4096;
/** Octets of answers a client may leave unread before it is dropped at once. */
const MAX_UNREAD = 1 << 20;
const LENGTH_SIZE = 2;
const NOTHING = new Uint8Array(0);

export class FramedConnection implements Connection {
  readonly clientAddress: string;
  readonly #client: Client;
  readonly #shared: Shared;
  readonly #raw: Socket;
  #socket: Socket;
  #waiting: Waiting = 'idle';
  /** Octets received and not yet parsed: the beginning of a message or, while reading is paused, several messages. */
  #rest: Uint8Array = NOTHING;
  #pending = 0;
  #unread = false;
  /** No more queries will come. */
  #ended = false;
  #closing = false;

  /** `raw` is the TCP socket; for TLS, `speak` later gets the TLS socket on top of it. */
  constructor(raw: Socket, client: Client, shared: Shared) {
    this.clientAddress = raw.remoteAddress ?? '';
    this.#client = client;
    this.#shared = shared;
    this.#raw = raw;
    this.#socket = raw;
    shared.connections.add(this);
    raw.on('error', ignore);
    raw.on('close', () => shared.connections.remove(this));
  }

  /** Starts the time limit of the TLS handshake. */
  shakesHands(): void {
    this.#shared.connections.waits(this, 'reading');
  }

  /** Reads queries from `socket`. */
  speak(socket: Socket): void {
    this.#socket = socket;
    socket.allowHalfOpen = true;
    this.#shared.connections.waits(this, 'idle');
    socket.on('error', ignore);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => {
      this.#unread = false;
      this.#shared.connections.holds(this, 0);
      this.#goOn();
    });
    // Half-closed: the client sends no more queries and waits for its answers.
    socket.on('end', () => {
      this.#ended = true;
      this.#goOn();
    });
  }

  close(reason: CloseReason): void {
    this.#closing = true;
    // A graceful close would keep the socket until the client has read its answers.
    if (reason === 'unread') this.#raw.resetAndDestroy();
    else closeGently(this.#raw, () => this.#socket.destroySoon());
  }

  /** Takes no more queries; closes when those in flight are answered. What the client still sends is read and discarded, lest it see an error. */
  finish(): void {
    this.#ended = this.#closing = true;
    this.#goOn();
  }

  /** Closes at once, and no longer counts among the open connections. */
  drop(reason: CloseReason): void {
    this.#shared.connections.remove(this, reason);
    this.close(reason);
  }

  get #full(): boolean {
    return this.#unread || this.#pending >= this.#shared.maxQueries;
  }

  #read(chunk: Uint8Array): void {
    if (this.#closing) return;
    const begun = this.#rest.length > 0;
    const received = this.#answerAll(begun ? Buffer.concat([this.#rest, chunk]) : chunk);
    // A query that is still incomplete keeps the time at which it began.
    this.#wait(received > 0 || !begun);
  }

  /** Handles the complete messages in `bytes`, as far as the limits allow, and keeps the rest. Returns how many it handled. */
  #answerAll(bytes: Uint8Array): number {
    const { clock, observer } = this.#shared;
    const now = clock.monotonic();
    let received = 0;
    let sent = 0;
    let at = 0;
    // Immediate answers are written together.
    this.#socket.cork();
    process.nextTick(uncork, this.#socket);
    while (bytes.length - at >= LENGTH_SIZE && !this.#full && !this.#closing) {
      const length = uint16At(bytes, at);
      if (length < HEADER_SIZE || length > MAX_QUERY) {
        this.drop('invalid');
        break;
      }
      const end = at + LENGTH_SIZE + length;
      if (end > bytes.length) break;
      received++;
      if (this.#answer(bytes.subarray(at + LENGTH_SIZE, end), now)) sent++;
      at = end;
    }
    // A copy: the chunk is large, and the rest may stay for seconds.
    this.#rest = at === bytes.length || this.#closing ? NOTHING : new Uint8Array(bytes.subarray(at));
    if (this.#full) this.#socket.pause();
    if (received > 0) observer.batch(received, sent, clock.monotonic() - now);
    return received;
  }

  /** Returns whether it was answered at once. */
  #answer(message: Uint8Array, now: number): boolean {
    const { respond, target, observer } = this.#shared;
    let answered = false;
    const length = respond(message, message.length, this.#client, now, target, (response) => {
      if (answered) return;
      answered = true;
      this.#pending--;
      if (response.length > 0 && !this.#socket.destroyed) {
        this.#write(response);
        observer.sentLater(1);
      }
      this.#goOn();
    });
    if (length > 0) this.#write(target.subarray(0, length));
    if (length < 0) this.#pending++;
    return length > 0;
  }

  #write(response: Uint8Array): void {
    const framed = Buffer.allocUnsafe(LENGTH_SIZE + response.length);
    framed.writeUInt16BE(response.length);
    framed.set(response, LENGTH_SIZE);
    if (this.#socket.write(framed)) return;
    this.#unread = true;
    if (this.#socket.writableLength > MAX_UNREAD) this.drop('unread');
  }

  /** Called after an answer, or once the client has read: reads on, or closes when nothing is left to do. */
  #goOn(): void {
    if (this.#socket.destroyed) return;
    let received = 0;
    if (!this.#full && this.#rest.length > 0) received = this.#answerAll(this.#rest);
    if (this.#ended && this.#pending === 0 && !this.#full) this.#socket.destroySoon();
    else if (!this.#full && this.#socket.isPaused()) this.#socket.resume();
    // Also when it closes: a client that does not read its last answer is not waited for without limit.
    this.#wait(received > 0);
  }

  #wait(anew: boolean): void {
    const reading = this.#rest.length > 0 && !this.#full;
    const waiting = this.#unread ? 'unread' : reading ? 'reading' : this.#pending > 0 ? 'answering' : 'idle';
    const { connections } = this.#shared;
    if (waiting !== this.#waiting || anew) {
      this.#waiting = waiting;
      connections.waits(this, waiting);
    }
    if (this.#unread) connections.holds(this, this.#socket.writableLength + this.#rest.length);
  }
}

/** Errors of a connection are left to its client to notice. */
function ignore(): void {
  // Its 'close' follows.
}

function uncork(socket: Socket): void {
  socket.uncork();
}
