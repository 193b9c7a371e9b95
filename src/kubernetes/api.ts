/** One API server: GET requests as streams over keep-alive connections, with credentials that may change at any time. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import zlib from 'node:zlib';
import { http } from '../node-modules.ts';
import type { Access, Credentials } from './credentials.ts';

export interface ApiResponse {
  readonly status: number;
  /** Seconds; 0 when absent. */
  readonly retryAfter: number;
  /** '' when absent. */
  readonly contentType: string;
  /** Decompressed. */
  readonly body: Readable;
}

export interface Api {
  readonly url: string;
  /** Resolves at the response's head. `path` begins with /. Rejects as sockets do, or with the signal's reason; later failures are the body's. */
  get(path: string, accept: string, signal: AbortSignal): Promise<ApiResponse>;
  /** Discards cached credentials, which the server refused, so that the next request reads them again. */
  renew(): void;
  close(): void;
}

/**
 * HTTP/1.1 rather than HTTP/2: one code path for every server, proxy and plain-HTTP tunnel, and 7 MB less resident memory, for three or four sockets
 * instead of one. TCP keepalive (first probe after this many ms, then libuv's ten, one second apart) detects a dead peer in 40 s; the reflector's
 * idle limits detect one that acknowledges but sends nothing.
 */
const KEEPALIVE = 30_000;

export function connect(credentials: Credentials): Api {
  const base = new URL(credentials.server);
  // Keeps a path in front of the API (a proxy's).
  const prefix = base.pathname.replace(/\/$/, '');
  const secure = base.protocol === 'https:';
  let agent: Agent | undefined;
  let tls: Access['tls'] | undefined;

  /** Returns a new agent when the CA or a certificate changed; a running watch ends with the old agent and resumes over the new one. */
  function agentFor(access: Access): Agent {
    if (access.agent !== undefined) return access.agent;
    if (agent !== undefined && sameTls(tls, access.tls)) return agent;
    agent?.destroy();
    tls = access.tls;
    agent = secure
      ? new https.Agent({ keepAlive: true, keepAliveMsecs: KEEPALIVE, ...access.tls })
      : new http.Agent({ keepAlive: true, keepAliveMsecs: KEEPALIVE });
    return agent;
  }

  return {
    url: credentials.server,
    async get(path, accept, signal) {
      signal.throwIfAborted();
      const access = await unlessAborted(credentials.access(), signal);
      signal.throwIfAborted();
      return send(secure ? https : http, {
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        path: prefix + path,
        agent: agentFor(access),
        headers: { ...access.headers, accept, 'accept-encoding': 'gzip', 'user-agent': 'kubezone' },
        signal,
      });
    },
    renew: () => credentials.renew(),
    close: () => agent?.destroy(),
  };
}

/** Rejects with the signal's reason while `promise` is awaited: a kubeconfig's plugin may hang, and its request must end all the same. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

function send(client: typeof http | typeof https, options: https.RequestOptions): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const request = client.request(options, (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, retryAfter: retryAfterOf(headers), contentType: headers['content-type'] ?? '', body: decompressed(response) });
    });
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEPALIVE));
    request.on('error', (error) => reject(options.signal?.aborted === true ? (options.signal.reason as Error) : error));
    // Without an error where another protocol is switched to (101, RFC 9110 section 15.2.2), which was not asked for.
    request.on('close', () => reject(Object.assign(new Error('closed without a response to this request'), { code: 'ECONNRESET' })));
    request.end();
  });
}

/** Returns Retry-After in seconds. A date (RFC 9110 section 10.2.3) is by the server's clock, so it is compared with the response's own Date. */
function retryAfterOf({ 'retry-after': after = '', date = '' }: IncomingHttpHeaders): number {
  const wait = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.parse(date)) / 1000;
  return wait > 0 ? wait : 0;
}

/** Flushes after each chunk: an event of a compressed streaming list must not wait for the next one. */
function decompressed(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const { Z_SYNC_FLUSH } = zlib.constants;
  return pipeline(response, zlib.createGunzip({ flush: Z_SYNC_FLUSH }), () => undefined);
}

function sameTls(a: Access['tls'] | undefined, b: Access['tls']): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
