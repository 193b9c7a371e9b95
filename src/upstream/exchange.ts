/** One query to one nameserver: the interface common to UDP, TCP, TLS and HTTPS, and its causes of failure. */
import { randomFillSync } from 'node:crypto';
import type { Flaw } from '../wire/response.ts';

/**
 * Sends `message`, a query with id 0, and resolves to the reply (whose id may be any). Rejects with an ExchangeError, or with the signal's reason as
 * soon as it is aborted. It has no timeout of its own: the caller decides when to stop.
 */
export type Exchange = (message: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * Why a question got no answer from an upstream. `unreachable`: nobody there (ICMP, connection refused, no address for its name); `reset`: the
 * connection broke; `forged`: replies that were not to our question; `exhausted`: no socket or memory of ours left.
 */
export type Cause = Flaw | 'timeout' | 'unreachable' | 'reset' | 'tls' | 'http' | 'forged' | 'exhausted';

/** The causes found in a reply. */
export const flaws: readonly Flaw[] = ['malformed', 'mismatch', 'truncated', 'lame', 'cname-loop', 'formerr', 'servfail', 'refused'];

export const causes: readonly Cause[] = ['timeout', 'unreachable', 'reset', 'tls', 'http', 'forged', 'exhausted', ...flaws];

export class ExchangeError extends Error {
  readonly why: Cause;

  constructor(why: Cause, message: string) {
    super(message);
    this.why = why;
  }
}

/** ms without input on a connection that owes replies, after which a new one is opened: a dead peer, or a NAT that forgot us, reports nothing. */
export const SILENCE = 2000;

/**
 * Calls `run` unless the connection is heard first: after this process has paused, replies have come that were not read yet. The event loop reads them
 * before immediates, but perhaps has just begun to.
 */
export function ifStillSilent(connection: { readonly unheardSince: number | undefined }, run: () => void): void {
  const since = connection.unheardSince;
  setImmediate(() =>
    setImmediate(() => {
      if (connection.unheardSince === since) run();
    }),
  );
}

/** Returns the ExchangeError for a socket's error; `other` is the cause when its code is not known. */
export function fromSocketError(error: Error & { code?: string }, other: Cause): ExchangeError {
  return new ExchangeError(
    CODES[error.code ?? ''] ?? other,
    error.message.replace(ADVICE, '; --upstream-ca names the authorities to trust'),
  );
}

/** What Node.js adds for an unknown authority: a flag of its own. */
const ADVICE = /; if the root CA is installed locally.*/;

const CODES: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  // No free port: of a datagram socket through libc, and of node:dgram.
  EAGAIN: 'exhausted',
  EADDRINUSE: 'exhausted',
  ENOBUFS: 'exhausted',
  ENOMEM: 'exhausted',
};

/** Returns 0..65535, unpredictably: ids and the case of letters are what an attacker has to guess. */
export type Random16 = () => number;

const pool = new Uint16Array(2048);
let used = pool.length;

export const secureRandom16: Random16 = () => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++]!;
};
