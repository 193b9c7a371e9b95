/** One request of DNS over HTTPS (RFC 8484): takes its query from the URL or the body, asks it, and answers. */
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '../clock.ts';
import type { ConnectionLimits } from './connections.ts';
import { freshness, MEDIA_TYPE, readDohRequest } from './doh.ts';
import { MAX_QUERY } from './framed-connection.ts';
import { REQUEST_SIZE, type HttpsConnection, type RequestStage } from './https-connection.ts';
import type { Respond } from './listener.ts';
import type { ListenerObserver } from './observer.ts';

/** What all requests of a listener share. */
export interface HttpsService {
  readonly respond: Respond;
  readonly clock: Clock;
  readonly observer: ListenerObserver;
  readonly limits: Pick<ConnectionLimits, 'maxQueries' | 'queryTimeout'>;
  /** Room for the longest answer. */
  readonly target: Uint8Array;
}

export class HttpsRequest {
  readonly #service: HttpsService;
  readonly #request: Http2ServerRequest;
  readonly #response: Http2ServerResponse;
  readonly #connection: HttpsConnection;
  #stage: RequestStage | undefined;
  #closed = false;
  /** Octets of the answer that the client has yet to read, as its connection counts them. */
  #unread = 0;
  /** Limits how long the body may take, for HTTP/2: a connection's own limit starts over with each of its requests, of which HTTP/1.1 has one at a time. */
  #timer: NodeJS.Timeout | undefined;
  #stopWaiting = (): void => undefined;

  constructor(service: HttpsService, request: Http2ServerRequest, response: Http2ServerResponse, connection: HttpsConnection) {
    this.#service = service;
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    // The client is gone: 'close' follows.
    for (const half of [request, response]) half.on('error', () => undefined);
    response.on('close', () => this.#onClose());
  }

  serve(): void {
    const { method, url, headers } = this.#request;
    this.#move('reading');
    const read = readDohRequest(method, url, headers['content-type'], MAX_QUERY);
    if ('status' in read) this.#refuse(read.status, read.wrong, read.headers);
    else if ('query' in read) this.#askInRoom(read.query);
    else this.#readBody();
  }

  #readBody(): void {
    const { queryTimeout } = this.#service.limits;
    if (streamOf(this.#response) !== undefined)
      this.#timer = setTimeout(() => this.#refuse(408, `a query comes within ${queryTimeout} ms`), queryTimeout).unref();
    collect(this.#request, (body) => {
      clearTimeout(this.#timer);
      if (this.#closed || this.#stage !== 'reading') return;
      if (body === undefined) this.#refuse(413, `a query has at most ${MAX_QUERY} octets`);
      else this.#askInRoom(body);
    });
  }

  #askInRoom(query: Uint8Array): void {
    this.#stopWaiting = this.#connection.whenRoom(() => this.#ask(query));
  }

  #ask(query: Uint8Array): void {
    const { respond, clock, observer, limits, target } = this.#service;
    // A reset request no longer counts as an HTTP/2 stream, while its query is still in flight.
    if (this.#connection.answering >= limits.maxQueries) {
      this.#refuse(429, `at most ${limits.maxQueries} queries may wait for answers`);
      return;
    }
    this.#move('answering');
    const now = clock.monotonic();
    const length = respond(query, query.length, this.#connection.client, now, target, (late) => this.#answerLate(late));
    if (length > 0) this.#send(Buffer.from(target.subarray(0, length)));
    if (length === 0) this.#refuse(400, 'not a DNS query that is answered');
    observer.batch(1, length > 0 ? 1 : 0, clock.monotonic() - now);
  }

  #answerLate(late: Uint8Array): void {
    if (this.#stage !== 'answering') return;
    if (this.#closed) this.#move(undefined);
    else if (late.length === 0) this.#refuse(503, 'no answer');
    else {
      this.#send(late);
      this.#service.observer.sentLater(1);
    }
  }

  #send(message: Uint8Array): void {
    this.#move('unread');
    this.#owe(message.length);
    this.#connection.inTurn(() => {
      if (this.#closed) return;
      respondWith(this.#response, message);
      this.#owe(REQUEST_SIZE);
    });
  }

  #refuse(status: number, wrong: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#move('unread');
    this.#response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    const stream = streamOf(this.#response);
    // The rest of a body is not waited for (RFC 9113 section 8.1).
    this.#response.end(`${wrong}\n`, () => stream?.close());
  }

  #move(to: RequestStage | undefined): void {
    this.#connection.moves(this.#stage, to);
    this.#stage = to;
  }

  #owe(octets: number): void {
    this.#unread += octets;
    this.#connection.owes(octets);
  }

  #onClose(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWaiting();
    this.#connection.owes(-this.#unread);
    // The answer to a query in flight may still come, and counts until then.
    if (this.#stage !== 'answering') this.#move(undefined);
  }
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
