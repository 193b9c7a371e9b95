/** One TCP or TLS connection to an upstream, with many questions in flight and replies in any order (RFC 7766 sections 6.2 and 7). */
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { uint16At } from '../wire/integers.ts';
import { likenessOf } from '../wire/reply.ts';
import { ExchangeError, fromSocketError, ifStillSilent, SILENCE, type Cause, type Random16 } from './exchange.ts';
import { Deframer, frame } from './framing.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly random16: Random16;
  /** Called for every message that is not the reply to the question whose id it has. */
  readonly dropped: () => void;
  /** ms without an octet in either direction, after which it is closed. */
  readonly idle?: number;
}

/** How a socket opens: the event when it can be written to, and the cause of a failure before that. */
export interface Opening {
  readonly ready: 'connect' | 'secureConnect';
  readonly failure: Cause;
}

interface Pending {
  readonly query: Uint8Array;
  readonly settle: (outcome: Uint8Array | ExchangeError) => void;
}

const MAX_PENDING = 4096;

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #deframer = new Deframer();
  readonly #pending = new Map<number, Pending>();
  /** Clock.monotonic() of the first question since the peer last sent anything; abandoned questions count too. */
  #unheardSince: number | undefined;
  #isOpen = true;

  constructor(socket: Socket, { ready, failure }: Opening, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    let untilReady = failure;
    socket.setNoDelay(true);
    socket.setTimeout(options.idle ?? 10_000);
    socket.once(ready, () => (untilReady = 'reset'));
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('timeout', () => ifStillSilent(this, () => this.close(new ExchangeError('timeout', 'the connection is silent'))));
    socket.on('error', (error) => this.close(fromSocketError(error, untilReady)));
    for (const event of ['end', 'close']) socket.on(event, () => this.close(new ExchangeError(untilReady, 'the connection was closed')));
  }

  get unheardSince(): number | undefined {
    return this.#unheardSince;
  }

  /** Whether a further question can be asked on it. */
  get isUsable(): boolean {
    const silent = this.#unheardSince !== undefined && this.#options.clock.monotonic() - this.#unheardSince > SILENCE;
    if (silent) ifStillSilent(this, () => this.close(new ExchangeError('reset', `the connection was silent for ${SILENCE} ms`)));
    return this.#isOpen;
  }

  ask(message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      if (this.#pending.size >= MAX_PENDING) {
        reject(new ExchangeError('exhausted', `${MAX_PENDING} questions on one connection`));
        return;
      }
      const id = this.#freeId();
      const query = Uint8Array.from(message);
      query[0] = id >> 8;
      query[1] = id;
      const onAbort = (): void => {
        this.#pending.delete(id);
        reject(signal.reason as Error);
      };
      const settle = (outcome: Uint8Array | ExchangeError): void => {
        signal.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
        if (outcome instanceof ExchangeError) reject(outcome);
        else resolve(outcome);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, { query, settle });
      this.#unheardSince ??= this.#options.clock.monotonic();
      this.#socket.write(frame(query));
    });
  }

  close(reason: ExchangeError = new ExchangeError('unreachable', 'the connection is no longer used')): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    for (const pending of [...this.#pending.values()]) pending.settle(reason);
  }

  #read(chunk: Uint8Array): void {
    this.#unheardSince = undefined;
    for (const message of this.#deframer.push(chunk)) {
      const pending = message.length < 2 ? undefined : this.#pending.get(uint16At(message, 0));
      if (pending !== undefined && likenessOf(message, pending.query) !== 'other') pending.settle(message);
      // A reply with an unused id is to an abandoned question and is ignored; one to another question than that of its id is a fault or a forgery.
      else if (pending !== undefined) this.#options.dropped();
    }
  }

  #freeId(): number {
    for (;;) {
      const id = this.#options.random16();
      if (!this.#pending.has(id)) return id;
    }
  }
}
