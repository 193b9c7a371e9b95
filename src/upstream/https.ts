/** An exchange over HTTPS (RFC 8484): POST requests on persistent HTTP/2 sessions. */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { http2 } from '../node-modules.ts';
import { MAX_MESSAGE } from '../wire/query.ts';
import { ExchangeError, fromSocketError, ifStillSilent, SILENCE, type Cause, type Exchange } from './exchange.ts';
import { lessAge } from './http-age.ts';
import { keptConnections, type KeptOptions } from './kept.ts';

export interface HttpsOptions extends KeptOptions {
  /** `https://host:port/path`; a host that is a name is looked up with the system's resolver. */
  readonly url: URL;
  /** The name the certificate must have; the URL's host when undefined. */
  readonly serverName: string | undefined;
  /** PEM of the authorities to trust; the public ones Node.js knows when undefined. */
  readonly ca: string | undefined;
  /** ms without a frame in either direction, after which the session is closed. */
  readonly idle?: number;
}

const MEDIA_TYPE = 'application/dns-message';

export function httpsExchange(options: HttpsOptions): Exchange & Disposable {
  return keptConnections(() => new Session(options), options);
}

class Session {
  readonly #session: ClientHttp2Session;
  readonly #options: HttpsOptions;
  /** The cause of a failure whose error code says nothing: `tls` until the session is ready, then `reset`. */
  #failure: Cause = 'tls';
  /** Why this side closed the session, if it did. */
  #closed: ExchangeError | undefined;
  /** Clock.monotonic() of the first question since the server was last heard. */
  #unheardSince: number | undefined;

  constructor(options: HttpsOptions) {
    this.#options = options;
    const { url, serverName, ca } = options;
    this.#session = http2().connect(url.origin, {
      ...(serverName !== undefined && { servername: serverName }),
      ...(ca !== undefined && { ca }),
    });
    this.#session.once('connect', () => (this.#failure = 'reset'));
    // Each request in flight gets an error event of its own.
    this.#session.on('error', () => undefined);
    this.#session.setTimeout(options.idle ?? 30_000, () =>
      ifStillSilent(this, () => this.close(new ExchangeError('timeout', 'the session is silent'))),
    );
  }

  get unheardSince(): number | undefined {
    return this.#unheardSince;
  }

  get isUsable(): boolean {
    const silent = this.#unheardSince !== undefined && this.#options.clock.monotonic() - this.#unheardSince > SILENCE;
    if (silent) ifStillSilent(this, () => this.close(new ExchangeError('reset', `the session was silent for ${SILENCE} ms`)));
    return !this.#session.closed && !this.#session.destroyed;
  }

  close(reason: ExchangeError = new ExchangeError('unreachable', 'the session is no longer used')): void {
    this.#closed ??= reason;
    this.#session.destroy();
  }

  ask(message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const request = this.#request(message);
      let headers: IncomingHttpHeaders | undefined;
      this.#unheardSince ??= this.#options.clock.monotonic();
      const onAbort = (): void => {
        request.close(http2().constants.NGHTTP2_CANCEL);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      request.on('error', (error) => reject(this.#closed ?? fromSocketError((error.cause ?? error) as Error, this.#failure)));
      request.once('close', () => {
        signal.removeEventListener('abort', onAbort);
        reject(this.#closed ?? new ExchangeError(this.#failure, 'the HTTP/2 stream was closed without a whole reply'));
      });
      request.once('response', (received) => {
        this.#unheardSince = undefined;
        headers = received;
        const { ':status': status, 'content-type': type } = received;
        // A media type may have parameters, and any case (RFC 9110 section 8.3.1).
        if (status === 200 && type?.split(';')[0]!.trim().toLowerCase() === MEDIA_TYPE) return;
        reject(new ExchangeError('http', `HTTP status ${status ?? 'missing'}, ${type ?? 'no content type'}`));
        request.close(http2().constants.NGHTTP2_CANCEL);
      });
      const done = (body: Uint8Array): void => {
        if (headers !== undefined && isWhole(request, headers, body)) resolve(lessAge(body, headers.age));
      };
      collect(request, done, reject);
    });
  }

  #request(message: Uint8Array): ClientHttp2Stream {
    const { pathname, search } = this.#options.url;
    const headers = {
      ':method': 'POST',
      ':path': pathname + search,
      'content-type': MEDIA_TYPE,
      accept: MEDIA_TYPE,
      'content-length': message.length,
    };
    const request = this.#session.request(headers);
    request.end(message);
    return request;
  }
}

/** Whether the body is complete: Node.js also ends, without an error, a stream that was reset or whose connection broke (RFC 9113 section 8.1). */
function isWhole({ rstCode }: ClientHttp2Stream, { 'content-length': length }: IncomingHttpHeaders, body: Uint8Array): boolean {
  return rstCode === http2().constants.NGHTTP2_NO_ERROR && (length === undefined || Number(length) === body.length);
}

/** Calls `done` with the body; cancels a stream whose body is longer than any message, after `failed`. */
function collect(request: ClientHttp2Stream, done: (body: Uint8Array) => void, failed: (error: ExchangeError) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  request.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= MAX_MESSAGE) {
      chunks.push(chunk);
      return;
    }
    failed(new ExchangeError('http', `a body of more than ${MAX_MESSAGE} octets is no DNS message`));
    request.close(http2().constants.NGHTTP2_CANCEL);
  });
  request.on('end', () => {
    if (size <= MAX_MESSAGE) done(Buffer.concat(chunks));
  });
}
