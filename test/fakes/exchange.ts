/** Exchanges without sockets that answer after a time of a fake clock, or not at all. */
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

/** Rejects only when it is given up. */
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

/** What it does can be changed while it runs; counts what it was asked. */
export interface Switch {
  readonly exchange: Exchange;
  use(exchange: Exchange): void;
  readonly asked: number;
  /** Questions without an answer yet. */
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

/** One A record at whatever was asked. */
export function addressOf(address: string): Reply {
  return { rcode: 'NOERROR', answers: [{ name: 'www.example.test', type: 'A', ttl: 60, data: address }] };
}
