/** An exchange over UDP, made hard to forge (RFC 5452): each question has a socket, and so a port, of its own. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { likenessOf, randomizeCase } from '../wire/reply.ts';
import { ExchangeError, fromSocketError, type Exchange, type Random16 } from './exchange.ts';

export interface UdpOptions {
  readonly address: string;
  readonly port: number;
  /** DNS 0x20: letters of the question in random case, which the reply must repeat. */
  readonly randomCase: boolean;
  readonly random16: Random16;
  /** Called for every datagram that is not the reply. */
  readonly dropped: () => void;
  /** Called when they are so many that the exchange ends. */
  readonly guessed?: (() => void) | undefined;
  /** Called for every question. */
  readonly asked?: ((kept: boolean) => void) | undefined;
  /** Sockets open at once; further questions fail as `exhausted`. */
  readonly maxSockets?: number;
}

/** The reply has the right id and question, but for the case of its letters: a forger's guess, or an upstream's habit. */
export class CaseChanged extends ExchangeError {
  constructor(message: string) {
    super('forged', message);
  }
}

/**
 * Datagrams from the upstream's address and port, to ours, that are not the reply, after which the exchange fails as `forged`: an attacker gets this
 * many guesses at one id, not as many as it can send.
 */
const MAX_STRANGERS = 3;

/**
 * Opens a socket for each question. That costs 13 µs of CPU more than one from a pool of 32 (28 against 15, echo included, measured on loopback),
 * but the kernel picks a random port, drops packets from other peers, as it is connected, reports ICMP errors, and late replies go with the socket.
 */
export function udpExchange(options: UdpOptions): Exchange {
  const { address, port, maxSockets = 4096 } = options;
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  let open = 0;
  return (message, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      if (open >= maxSockets) {
        reject(new ExchangeError('exhausted', `${open} sockets are waiting for replies`));
        return;
      }
      const query = prepare(message, options);
      const socket = createSocket(type);
      let strangers = 0;
      open++;
      options.asked?.(false);
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        socket.removeAllListeners('message').removeAllListeners('error').on('error', ignore).close();
        open--;
        settle();
      };
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('error', (error) => end(() => reject(fromSocketError(error, 'unreachable'))));
      socket.on('message', (reply) => {
        const likeness = likenessOf(reply, query);
        if (likeness === 'reply') {
          end(() => resolve(reply));
          return;
        }
        options.dropped();
        if (++strangers < MAX_STRANGERS && likeness === 'other') return;
        // A difference in case alone may come from an upstream that does not preserve it.
        if (likeness !== 'case') options.guessed?.();
        const what = `${strangers} datagrams from ${address} that do not answer the question`;
        end(() => reject(likeness === 'case' ? new CaseChanged(what) : new ExchangeError('forged', what)));
      });
      // Not a callback of `connect`: that is called on failure too (no route, for example), in place of the error event.
      socket.once('connect', () => {
        // The question may have been given up before the socket was ready.
        if (socket.listenerCount('message') > 0) socket.send(query);
      });
      socket.connect(port, address);
    });
}

function prepare(message: Uint8Array, { random16, randomCase }: UdpOptions): Uint8Array {
  const query = Uint8Array.from(message);
  const id = random16();
  query[0] = id >> 8;
  query[1] = id;
  if (randomCase) randomizeCase(query, random16);
  return query;
}

function ignore(): void {
  // Errors of a closed socket concern no question.
}
