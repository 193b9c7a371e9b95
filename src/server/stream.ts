/** DNS over TCP (RFC 7766) and over TLS (RFC 7858). */
import type { Socket } from 'node:net';
import { tls } from '../node-modules.ts';
import { MAX_MESSAGE, type Client } from '../wire/query.ts';
import { acceptingListener, ByPeer, type StreamOptions } from './accept.ts';
import { withCertificate, type CertificateSource } from './certificate.ts';
import { Connections, defaultLimits } from './connections.ts';
import { FramedConnection, type Shared } from './framed-connection.ts';
import { handshakes } from './handshakes.ts';
import type { Listener } from './listener.ts';
import { unobserved } from './observer.ts';

export function tcpListener(options: StreamOptions): Listener {
  const shared = sharedBy(options);
  return acceptingListener({
    transport: 'tcp',
    endpoint: options.endpoint,
    reusePort: options.reusePort ?? false,
    connections: shared.connections,
    observer: shared.observer,
    accept: (socket, client) => new FramedConnection(socket, client, shared).speak(socket),
  });
}

export function tlsListener(options: StreamOptions & { readonly certificate: CertificateSource }): Listener {
  const shared = sharedBy(options);
  const byPeer = new ByPeer<FramedConnection>();
  // Does not listen itself: a client that never completes its handshake counts too, so the limits apply before TLS.
  const server = tls().createServer({ ALPNProtocols: ['dot'] }, (socket) => byPeer.get(socket)?.speak(socket));
  server.on('tlsClientError', (_error, socket) => byPeer.get(socket)?.drop('invalid'));
  const shake = handshakes((socket) => server.emit('connection', socket));
  const listener = acceptingListener({
    transport: 'tls',
    endpoint: options.endpoint,
    reusePort: options.reusePort ?? false,
    connections: shared.connections,
    observer: shared.observer,
    accept: (socket: Socket, client: Client) => {
      const connection = new FramedConnection(socket, client, shared);
      byPeer.add(socket, connection);
      connection.shakesHands();
      shake(socket);
    },
  });
  return withCertificate(listener, options.certificate, (context) => server.setSecureContext(context));
}

function sharedBy(options: StreamOptions): Shared {
  const { respond, clock, observer = unobserved } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Connections(limits, clock, observer);
  return { respond, clock, observer, connections, maxQueries: limits.maxQueries, target: new Uint8Array(MAX_MESSAGE) };
}
