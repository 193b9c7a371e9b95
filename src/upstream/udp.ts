/** An exchange over UDP, made hard to forge (RFC 5452): each question has a socket, and so a port, of its own. */
import { likenessOf, randomizeCase } from '../wire/reply.ts';
import { dgramSockets, type ConnectUdp, type UdpPeer } from './datagrams.ts';
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
  /** Opens a socket; node:dgram's by default. */
  readonly connectUdp?: ConnectUdp | undefined;
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
 * Opens a socket for each question, although a pool of them would take less CPU: the kernel picks a random port, drops packets from other
 * peers, as the socket is connected, reports ICMP errors, and late replies go with the socket.
 */
export function udpExchange(options: UdpOptions): Exchange {
  const { address, port, maxSockets = 4096, connectUdp = dgramSockets.connect } = options;
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
      let peer: UdpPeer | undefined;
      let strangers = 0;
      open++;
      options.asked?.(false);
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        peer?.close();
        open--;
        settle();
      };
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort, { once: true });
      const failed = (error: Error): void => end(() => reject(fromSocketError(error, 'unreachable')));
      const received = (reply: Uint8Array): void => {
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
      };
      try {
        peer = connectUdp(address, port, { received, failed });
        peer.send(query);
      } catch (error) {
        failed(error as Error);
      }
    });
}

function prepare(message: Uint8Array, { random16, randomCase }: UdpOptions): Uint8Array {
  const query = new Uint8Array(message);
  const id = random16();
  query[0] = id >> 8;
  query[1] = id;
  if (randomCase) randomizeCase(query, random16);
  return query;
}
