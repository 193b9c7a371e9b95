/** What asking upstreams tells those who measure it. */
import type { Cause } from './exchange.ts';

/**
 * `up` is asked; `down` only when nothing else is left, and probed; `trial` answered a probe and is given one question at a time; `loop` leads back to
 * ourselves and is never asked.
 */
export type State = 'up' | 'down' | 'trial' | 'loop';

/** An upstream is meant by its index: small, stable, and told once by `added`. Times are in ms. */
export interface UpstreamObserver {
  added(upstream: number, url: string): void;
  /** It is no longer in the configuration. */
  removed(upstream: number): void;
  /** A reply that is an answer, `ms` after the question; `estimate` is the smoothed round-trip time with it. */
  answered(upstream: number, rcode: number, ms: number, estimate: number): void;
  /** A question without an answer. Those given up because another upstream was faster are not failures. */
  failed(upstream: number, cause: Cause, ms: number): void;
  /** It was asked over a connection that was there already (TCP, TLS, HTTPS), or over one of its own. */
  asked(upstream: number, kept: boolean): void;
  /** It was asked because another was slow or lost the question. */
  hedged(upstream: number): void;
  /** A datagram or message that was not the reply to what was asked: late, broken or forged. */
  dropped(upstream: number): void;
  /** So many datagrams of that kind for one question that its exchange was given up: somebody guesses. */
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

/** Where a person reads what happened. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

export const noLog: Log = { info: nothing, warn: nothing };
