/** Accepts TCP connections within their limits and closes them with the listener: the part that TCP, TLS and HTTPS listeners share. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { isIPv6, parseAddress } from '../wire/address.ts';
import type { Client } from '../wire/query.ts';
import type { Connection, ConnectionLimits, Connections } from './connections.ts';
import { cannotListen, endpointUrl, type Endpoint } from './endpoint.ts';
import type { Listener, Respond } from './listener.ts';
import type { ListenerObserver } from './observer.ts';

export interface StreamOptions {
  readonly endpoint: Endpoint;
  readonly respond: Respond;
  readonly clock: Clock;
  readonly observer?: ListenerObserver | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** Whether the port may be shared with other listeners that set this too, as the serving threads do. */
  readonly reusePort?: boolean | undefined;
}

export interface Accepting {
  readonly transport: 'tcp' | 'tls' | 'https';
  readonly endpoint: Endpoint;
  readonly reusePort: boolean;
  readonly connections: Connections;
  readonly observer: Pick<ListenerObserver, 'failed'>;
  /** Makes a connection of `socket`, which is within the limits, and adds it to `connections`. */
  readonly accept: (socket: Socket, client: Client) => void;
}

export function acceptingListener({ transport, endpoint, reusePort, connections, observer, accept }: Accepting): Listener {
  let bound = endpoint;
  // A TCP client may shut down its sending side once it has asked and wait for its answers; a TLS handshake and HTTP have no half-close.
  const server = createServer({ allowHalfOpen: transport === 'tcp', noDelay: true }, (socket) => {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined || !connections.admits(remoteAddress)) {
      socket.destroy();
      return;
    }
    accept(socket, { address: parseAddress(remoteAddress.split('%', 1)[0]!)!, port: remotePort, transport });
  });
  return {
    get url() {
      return endpointUrl(transport, bound);
    },
    async listen() {
      bound = await listenOn(server, transport, endpoint, reusePort);
      // Of a connection that could not be accepted, where the system tells of it. An error without a listener would end the thread.
      server.on('error', (error: NodeJS.ErrnoException) => observer.failed('accept', error.code ?? 'UNKNOWN', 0));
      connections.start();
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of connections.all()) connection.finish();
      await closed;
      connections.stop();
    },
  };
}

/** ms that the client has to receive what is sent on closing. */
const FAREWELL = 1000;

/** Closes by the protocol above TCP, for example with TLS's close_notify (RFC 8446 section 6.1); destroys the socket if that takes too long. */
export function closeGently(raw: Socket, close: () => void): void {
  const timer = setTimeout(() => raw.destroy(), FAREWELL).unref();
  raw.once('close', () => clearTimeout(timer));
  close();
}

/** Finds the connection of a TCP socket, given the TLS or HTTP socket on top of it. */
export class ByPeer<C extends Connection> {
  readonly #connections = new Map<string, C>();

  add(socket: Socket, connection: C): void {
    const key = peerOf(socket);
    this.#connections.set(key, connection);
    // The peer may have reconnected from the same port before this socket's 'close'.
    socket.once('close', () => this.#connections.get(key) === connection && this.#connections.delete(key));
  }

  get(socket: Ends): C | undefined {
    return this.#connections.get(peerOf(socket));
  }
}

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

/** Returns a key that includes the local address: a client may reach two of our addresses from one port. */
function peerOf({ remoteAddress = '', remotePort = 0, localAddress = '' }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** Connections the kernel queues until we accept them; net.core.somaxconn limits it. */
const BACKLOG = 4096;

/** Returns the endpoint with the port that was bound. */
function listenOn(server: Server, scheme: string, { host, port }: Endpoint, reusePort: boolean): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(cannotListen(endpointUrl(scheme, { host, port }), error));
    server.once('error', fail);
    server.listen({ host, port, backlog: BACKLOG, exclusive: true, reusePort, ipv6Only: isIPv6(host) }, () => {
      server.off('error', fail);
      resolve({ host, port: (server.address() as { port: number }).port });
    });
  });
}
