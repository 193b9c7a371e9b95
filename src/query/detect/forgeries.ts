/** Messages come from an upstream's address that answer nothing we asked: somebody guesses ids and ports to poison the cache (RFC 5452). */
import type { Teller } from './alerts.ts';
import { WINDOW } from './sketch.ts';

/** A minute. A late reply or two is ordinary after a timeout. */
const MANY = 50;
/** Upstreams watched at once; there are a handful. */
const UPSTREAMS = 64;

export function forgeries(teller: Teller): (upstream: string, now: number) => void {
  let counts = new Map<string, number>();
  let minute = 0;
  return (upstream, now) => {
    if (Math.floor(now / WINDOW) !== minute) {
      minute = Math.floor(now / WINDOW);
      counts = new Map();
    }
    if (!counts.has(upstream) && counts.size === UPSTREAMS) return;
    const count = (counts.get(upstream) ?? 0) + 1;
    counts.set(upstream, count);
    if (count === MANY) teller.tell(now, 'forgery', upstream, `${MANY} messages within a minute that answer none of our questions`);
  };
}
