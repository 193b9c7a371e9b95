/** Detects messages from an upstream's address that match no query of ours: a forger guesses IDs and ports to poison the cache (RFC 5452). */
import type { Teller } from './alerts.ts';
import { WINDOW } from './sketch.ts';

/** Messages per minute. A late reply or two is ordinary after a timeout. */
const MESSAGES = 50;
/**
 * Exchanges given up in ten minutes, each because several such messages reached its waiting socket; a late reply finds its socket closed. After each,
 * queries go over TCP for some seconds and forged datagrams have no effect, so there are few a minute however many are sent.
 */
const EXCHANGES = 3;
const LONG_WINDOW = 10 * WINDOW;
/** Most upstreams watched at once; usually there are a handful. */
const UPSTREAMS = 64;

/** `now`: Clock.monotonic(), ms. */
export interface Forgeries {
  /** A message arrived that is not the reply to a query sent to the upstream. */
  forged(upstream: string, now: number): void;
  /** So many of them arrived that the exchange was given up. */
  guessed(upstream: string, now: number): void;
}

export function forgeries(teller: Teller): Forgeries {
  const message = `${MESSAGES} messages within a minute that answer none of our questions`;
  const exchange = `${EXCHANGES} questions within ten minutes were met by several messages that do not answer them`;
  return { forged: counted(teller, WINDOW, MESSAGES, message), guessed: counted(teller, LONG_WINDOW, EXCHANGES, exchange) };
}

/** Alerts about an upstream once it has `many` events within a `window` of ms. */
function counted(teller: Teller, window: number, many: number, detail: string): (upstream: string, now: number) => void {
  let counts = new Map<string, number>();
  let present = 0;
  return (upstream, now) => {
    if (Math.floor(now / window) !== present) {
      present = Math.floor(now / window);
      counts = new Map();
    }
    if (!counts.has(upstream) && counts.size === UPSTREAMS) return;
    const count = (counts.get(upstream) ?? 0) + 1;
    counts.set(upstream, count);
    if (count >= many) teller.tell('forgery', upstream, now, upstream, detail);
  };
}
