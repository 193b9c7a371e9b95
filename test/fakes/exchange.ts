/** Exchanges with upstreams, without sockets: they answer or fail after a time of the given clock, or never. */
import type { Clock } from '../../src/clock.ts';
import { ExchangeError, type Cause, type Exchange } from '../../src/upstream/exchange.ts';
import { reply, type Reply, type Says } from './upstream.ts';

/** Answers every question after `ms`. */
export function answersAfter(clock: Clock, ms: number, says: Says = () => addressOf('192.0.2.1')): Exchange {
  return async (message, signal) => {
    await clock.wait(ms, signal);
    return reply(message, 'udp', says) ?? silent(message, signal);
  };
}

/** Never answers; rejects when the signal aborts. */
export const silent: Exchange = (_, signal) =>
  new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });

export function failsAfter(clock: Clock, ms: number, cause: Cause): Exchange {
  return async (_, signal) => {
    await clock.wait(ms, signal);
    throw new ExchangeError(cause, `${cause}, as the test says`);
  };
}

/** An exchange that can be replaced at any time, and counts its queries. */
export interface Switch {
  readonly exchange: Exchange;
  use(exchange: Exchange): void;
  readonly asked: number;
  /** Queries not yet answered. */
  readonly open: number;
}

export function switchable(exchange: Exchange): Switch {
  let current = exchange;
  const counts = { asked: 0, open: 0 };
  return {
    exchange: (message, signal) => {
      counts.asked++;
      counts.open++;
      return current(message, signal).finally(() => counts.open--);
    },
    use: (other) => (current = other),
    get asked() {
      return counts.asked;
    },
    get open() {
      return counts.open;
    },
  };
}

/** A reply with one A record of www.example.test, whatever was asked. */
export function addressOf(address: string): Reply {
  return { rcode: 'NOERROR', answers: [{ name: 'www.example.test', type: 'A', ttl: 60, data: address }] };
}
