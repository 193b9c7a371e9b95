/** What is reported about upstreams, for metrics and the log. */
import type { Cause } from './exchange.ts';

/**
 * `up` is asked; `down` is probed, and asked only when nothing else is left; `trial` has answered a probe and gets one question at a time; `loop`
 * leads back to this server and is never asked.
 */
export type State = 'up' | 'down' | 'trial' | 'loop';

/** Upstreams are identified by their index: small, stable, and announced once by `added`. Times are in ms. */
export interface UpstreamObserver {
  added(upstream: number, url: string): void;
  /** It is no longer in the configuration. */
  removed(upstream: number): void;
  /** A reply that is an answer, `ms` after the question; `estimate` is the smoothed round-trip time with it. */
  answered(upstream: number, rcode: number, ms: number, estimate: number): void;
  /** A question without an answer. One given up because another upstream was faster is a failure (`timeout`) only if it was late. */
  failed(upstream: number, cause: Cause, ms: number): void;
  /** It was asked over a connection that was open already (`kept`; TCP, TLS, HTTPS), or over a new one. */
  asked(upstream: number, kept: boolean): void;
  /** It was asked because an earlier attempt was late or failed. */
  hedged(upstream: number): void;
  /** A datagram or message that was not the reply to what was asked: late, broken or forged. */
  dropped(upstream: number): void;
  /** So many datagrams of that kind for one question that its exchange was given up: an attacker is guessing. */
  guessed(upstream: number): void;
  changed(upstream: number, state: State): void;
  /** A client's question was turned away: too many are waiting. */
  rejected(): void;
}

const nothing = (): void => undefined;

export const noUpstreamObserver: UpstreamObserver = {
  added: nothing,
  removed: nothing,
  answered: nothing,
  failed: nothing,
  asked: nothing,
  hedged: nothing,
  dropped: nothing,
  guessed: nothing,
  changed: nothing,
  rejected: nothing,
};

/** The log, for the operator. */
export interface Log {
  /** `changed`: what the text tells the new state of. */
  info(text: string, changed?: string): void;
  warn(text: string): void;
}

export const noLog: Log = { info: nothing, warn: nothing };
