/** Messages come from an upstream's address that answer nothing we asked: somebody guesses ids and ports to poison the cache (RFC 5452). */
import type { Teller } from './alerts.ts';
import { WINDOW } from './sketch.ts';

/** A minute. A late reply or two is ordinary after a timeout. */
const MESSAGES = 50;
/**
 * Exchanges given up, each for several such messages at the one socket that waited: late replies find it closed. After each a forger is heard for
 * some seconds no more, since questions go over TCP, so he makes few a minute however much he sends.
 */
const EXCHANGES = 3;
const LONG_WINDOW = 10 * WINDOW;
/** Upstreams watched at once; there are a handful. */
const UPSTREAMS = 64;

/** `now`: Clock.monotonic(), ms. */
export interface Forgeries {
  /** A message came that was not the reply to what an upstream was asked. */
  forged(upstream: string, now: number): void;
  /** So many of them that the exchange was given up. */
  guessed(upstream: string, now: number): void;
}

export function forgeries(teller: Teller): Forgeries {
  const message = `${MESSAGES} messages within a minute that answer none of our questions`;
  const exchange = `${EXCHANGES} questions within ten minutes were met by several messages that do not answer them`;
  return { forged: counted(teller, WINDOW, MESSAGES, message), guessed: counted(teller, LONG_WINDOW, EXCHANGES, exchange) };
}

/** Tells of an upstream from `many` on within `window`, ms. */
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
