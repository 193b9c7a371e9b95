/** The admin address: liveness, readiness, metrics and debugging over HTTP, as a table of routes from path to handler. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Address } from '../config/option.ts';
import { http } from '../node-modules.ts';
import { cannotListen, endpointUrl } from '../server/endpoint.ts';
import { limitConnections } from './admin-connections.ts';
import { isLocal } from './local.ts';
import type { Log } from './log.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** The methods that the path takes, in a reply of 405, which must name them (RFC 9110 section 15.5.6). */
  readonly allow?: string;
}

/** Who may use a route. `anyone`; `local`: clients on this machine, or any with admin-debug; `enabled`: clients on this machine, with admin-debug. */
export type Access = 'anyone' | 'local' | 'enabled';

export interface Route {
  readonly access: Access;
  /** GET if absent. HEAD is allowed wherever GET is. */
  readonly methods?: readonly string[];
  /** One line for the list of paths at `/`. */
  readonly does: string;
  readonly handle: (url: URL, request: IncomingMessage) => Reply | Promise<Reply>;
}

/** Keyed by path. */
export type Routes = Readonly<Record<string, Route>>;

export interface AdminOptions {
  readonly address: Address;
  readonly debug: boolean;
  readonly routes: Routes;
  readonly log: Log;
  /** Open at once; 256 by default. */
  readonly maxConnections?: number;
}

export interface Admin {
  /** `http://127.0.0.1:9153`; for port 0, with the bound port once listening. */
  readonly url: string;
  /** Rejects with the system's error, with the address in its message. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Limits of node:http, octets and ms: no request here has a body or a long URL, or takes long. Node looks every 30 seconds only by default. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 1000,
};
const MAX_CONNECTIONS = 256;
/** Octets; smaller bodies are not worth compressing. */
const GZIP_FROM = 1024;

export function adminServer(options: AdminOptions): Admin {
  const { address } = options;
  const server = http.createServer(LIMITS, (request, response) => void answer(options, request, response));
  limitConnections(server, options.maxConnections ?? MAX_CONNECTIONS);
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    get url() {
      return urlOf(server, address);
    },
    listen: () =>
      new Promise((resolve, reject) => {
        const fail = (error: Error): void => reject(cannotListen(endpointUrl('http', { ...address, host: address.host || '::' }), error));
        server.once('error', fail);
        // Without a host, Node listens on all addresses of both families, or of IPv4 alone on a machine without IPv6.
        server.listen({ ...(address.host !== '' && { host: address.host }), port: address.port }, () => {
          server.off('error', fail);
          server.on('error', (error) => options.log.error({ error: error.message }, 'the admin address failed'));
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function text(status: number, ...lines: readonly string[]): Reply {
  return { status, type: 'text/plain; charset=utf-8', body: `${lines.join('\n')}\n` };
}

export function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

async function answer(options: AdminOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await send(request, response, await replyTo(options, request));
  } catch (error) {
    options.log.error({ error, path: request.url }, 'an admin request failed');
    if (!response.headersSent)
      await send(request, response, text(500, 'this request failed; the log has the error')).catch(() => undefined);
  }
}

async function replyTo({ routes, debug }: AdminOptions, request: IncomingMessage): Promise<Reply> {
  const url = URL.parse(request.url ?? '', 'http://admin');
  if (url === null) return text(400, `not a path: ${request.url ?? ''}`);
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined)
    return path === '/' ? text(200, ...index(routes)) : text(404, `there is no ${path}; there are`, ...index(routes));
  const methods = route.methods ?? ['GET'];
  if (!methods.includes(method)) {
    const allow = methods.map((one) => (one === 'GET' ? 'GET, HEAD' : one)).join(', ');
    return { ...text(405, `${path} takes ${methods.join(' or ')}, not ${method}`), allow };
  }
  const refusal = whyRefused(route.access, debug, isLocal(request.socket));
  return refusal === undefined ? route.handle(url, request) : text(403, `${path} ${refusal}`);
}

/** Returns why a client is refused, or undefined if it is not. `local`: the client is on this machine. */
export function whyRefused(access: Access, debug: boolean, local: boolean): string | undefined {
  if (access === 'local' && !local && !debug) return 'is answered to clients on this machine only; --admin-debug opens it to all';
  if (access === 'enabled' && !debug) return 'is not enabled; start with --admin-debug';
  if (access === 'enabled' && !local) return 'is answered to clients on this machine only';
  return undefined;
}

function index(routes: Routes): string[] {
  return Object.entries(routes).map(
    ([path, { does, methods }]) => `${path}${methods === undefined ? '' : ` (${methods.join(', ')})`}: ${does}`,
  );
}

const pack = promisify(gzip);

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const packed = reply.body.length >= GZIP_FROM && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const body = packed ? await pack(reply.body, { level: 1 }) : Buffer.from(reply.body);
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(packed && { 'content-encoding': 'gzip' }),
    ...(reply.allow !== undefined && { allow: reply.allow }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function urlOf(server: Server, { host, port }: Address): string {
  const bound = server.address();
  const actual = bound !== null && typeof bound === 'object' ? bound.port : port;
  return endpointUrl('http', { host: host === '' ? '127.0.0.1' : host, port: actual });
}
