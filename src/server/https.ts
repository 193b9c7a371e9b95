/** DNS over HTTPS (RFC 8484) on HTTP/2, and on HTTP/1.1 for clients that have nothing newer. */
import { http2 } from '../node-modules.ts';
import { MAX_MESSAGE } from '../wire/query.ts';
import { acceptingListener, ByPeer, type StreamOptions } from './accept.ts';
import { withCertificate, type CertificateSource } from './certificate.ts';
import { Connections, defaultLimits } from './connections.ts';
import { handshakes } from './handshakes.ts';
import { HttpsConnection } from './https-connection.ts';
import { HttpsRequest } from './https-request.ts';
import type { Listener } from './listener.ts';
import { unobserved } from './observer.ts';

/** Memory that one HTTP/2 session may hold, MB. */
const SESSION_MEMORY = 1;

export function httpsListener(options: StreamOptions & { readonly certificate: CertificateSource }): Listener {
  const { respond, clock, observer = unobserved } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Connections(limits, clock, observer);
  const byPeer = new ByPeer<HttpsConnection>();
  const service = { respond, clock, observer, limits, target: new Uint8Array(MAX_MESSAGE) };
  const settings = { maxConcurrentStreams: limits.maxQueries, enablePush: false };
  // Does not listen itself: a client that never completes its handshake counts too, so the limits apply before TLS.
  const http = http2().createSecureServer({ allowHTTP1: true, maxSessionMemory: SESSION_MEMORY, settings });
  http.on('tlsClientError', (_error, socket) => byPeer.get(socket)?.drop('invalid'));
  // For HTTP/2, Node.js's own listener has emitted 'session' before this.
  http.on('secureConnection', (socket) => {
    if (socket.alpnProtocol !== 'h2') byPeer.get(socket)?.ready(undefined);
  });
  http.on('session', (session) => byPeer.get(session.socket)?.ready(session));
  http.on('request', (request, response) => {
    const connection = byPeer.get(request.socket);
    if (connection === undefined) response.destroy();
    else new HttpsRequest(service, request, response, connection).serve();
  });
  const shake = handshakes((socket) => http.emit('connection', socket));
  const listener = acceptingListener({
    transport: 'https',
    endpoint: options.endpoint,
    reusePort: options.reusePort ?? false,
    connections,
    observer,
    accept: (socket, client) => {
      byPeer.add(socket, new HttpsConnection(socket, client, connections, clock));
      shake(socket);
    },
  });
  return withCertificate(listener, options.certificate, (context) => http.setSecureContext(context));
}
