/** DNS over HTTPS (RFC 8484) on HTTP/2, and on HTTP/1.1 for clients that have nothing newer. */
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import { http2 } from '../node-modules.ts';
import { MAX_MESSAGE } from '../wire/query.ts';
import { acceptingListener, ByPeer, type StreamOptions } from './accept.ts';
import { withCertificate, type CertificateSource } from './certificate.ts';
import { Connections, defaultLimits, type ConnectionLimits } from './connections.ts';
import { freshness, MEDIA_TYPE, readDohRequest } from './doh.ts';
import { MAX_QUERY } from './framed-connection.ts';
import { handshakes } from './handshakes.ts';
import { HttpsConnection, REQUEST_SIZE, type RequestStage } from './https-connection.ts';
import type { Listener } from './listener.ts';
import { unobserved } from './observer.ts';

/** Memory that one HTTP/2 session may hold, MB. */
const SESSION_MEMORY = 1;

export function httpsListener(options: StreamOptions & { readonly certificate: CertificateSource }): Listener {
  const { clock, observer = unobserved } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Connections(limits, clock, observer);
  const byPeer = new ByPeer<HttpsConnection>();
  const answer = answering(options, limits);
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
    else answer(request, response, connection);
  });
  const shake = handshakes((socket) => http.emit('connection', socket));
  const listener = acceptingListener({
    transport: 'https',
    endpoint: options.endpoint,
    reusePort: options.reusePort ?? false,
    connections,
    accept: (socket, client) => {
      byPeer.add(socket, new HttpsConnection(socket, client, connections, clock));
      shake(socket);
    },
  });
  return withCertificate(listener, options.certificate, (context) => http.setSecureContext(context));
}

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse, connection: HttpsConnection) => void;

function answering(options: StreamOptions, { maxQueries, queryTimeout }: ConnectionLimits): Answer {
  const { clock, observer = unobserved, respond } = options;
  const target = new Uint8Array(MAX_MESSAGE);

  return (request, response, connection) => {
    let stage: RequestStage | undefined;
    let closed = false;
    let unread = 0;
    const move = (to: RequestStage | undefined): void => {
      connection.moves(stage, to);
      stage = to;
    };
    const refuse = (status: number, wrong: string, headers: Readonly<Record<string, string>> = {}): void => {
      move('unread');
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
      const stream = streamOf(response);
      // The rest of a body is not waited for (RFC 9113 section 8.1).
      response.end(`${wrong}\n`, () => stream?.close());
    };
    const send = (message: Uint8Array): void => {
      move('unread');
      unread = message.length;
      connection.owes(unread);
      connection.inTurn(() => {
        if (closed) return;
        respondWith(response, message);
        unread += REQUEST_SIZE;
        connection.owes(REQUEST_SIZE);
      });
    };
    const ask = (query: Uint8Array): void => {
      // A reset request no longer counts as an HTTP/2 stream, while its query is still in flight.
      if (connection.answering >= maxQueries) {
        refuse(429, `at most ${maxQueries} queries may wait for answers`);
        return;
      }
      move('answering');
      const now = clock.monotonic();
      const length = respond(query, query.length, connection.client, now, target, (late) => {
        if (stage !== 'answering') return;
        if (closed) move(undefined);
        else if (late.length === 0) refuse(503, 'no answer');
        else {
          send(late);
          observer.sentLater(1);
        }
      });
      if (length > 0) send(Buffer.from(target.subarray(0, length)));
      if (length === 0) refuse(400, 'not a DNS query that is answered');
      observer.batch(1, length > 0 ? 1 : 0, clock.monotonic() - now);
    };

    let forget = (): void => undefined;
    const askInRoom = (query: Uint8Array): void => {
      forget = connection.whenRoom(() => ask(query));
    };

    for (const half of [request, response]) half.on('error', () => undefined);
    response.on('close', () => {
      closed = true;
      forget();
      connection.owes(-unread);
      if (stage !== 'answering') move(undefined);
    });
    move('reading');
    const read = readDohRequest(request.method, request.url, request.headers['content-type'], MAX_QUERY);
    if ('status' in read) refuse(read.status, read.wrong, read.headers);
    else if ('query' in read) askInRoom(read.query);
    else {
      // The connection's own limit starts over with each of its requests, of which HTTP/1.1 has one at a time.
      const late = (): void => refuse(408, `a query comes within ${queryTimeout} ms`);
      const timer = streamOf(response) && setTimeout(late, queryTimeout).unref();
      response.on('close', () => clearTimeout(timer));
      collect(request, (body) => {
        clearTimeout(timer);
        if (closed || stage !== 'reading') return;
        if (body === undefined) refuse(413, `a query has at most ${MAX_QUERY} octets`);
        else askInRoom(body);
      });
    }
  };
}

/** Undefined for HTTP/1.1. */
function streamOf(response: Http2ServerResponse): ServerHttp2Stream | undefined {
  return response.stream;
}

/** Writes to the HTTP/2 stream itself, which ends with the message's frame; Node.js's response object would end it with another, empty one. */
function respondWith(response: Http2ServerResponse, message: Uint8Array): void {
  const headers = { 'content-type': MEDIA_TYPE, 'content-length': message.length, 'cache-control': `max-age=${freshness(message)}` };
  const stream = streamOf(response);
  if (stream === undefined) response.writeHead(200, headers).end(message);
  // respond() throws on a stream that the client has reset, whose 'close' event comes later.
  else if (!stream.closed && !stream.destroyed) {
    stream.respond({ ':status': 200, ...headers });
    stream.end(message);
  }
}

/** Calls `done` with the whole body, or with undefined as soon as it is longer than a query may be. */
function collect(request: Http2ServerRequest, done: (body: Uint8Array | undefined) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  request.on('data', (chunk: Uint8Array) => {
    const before = size;
    size += chunk.length;
    if (size <= MAX_QUERY) chunks.push(chunk);
    else if (before <= MAX_QUERY) done(undefined);
  });
  request.on('end', () => {
    if (size <= MAX_QUERY) done(Buffer.concat(chunks));
  });
}
