/** Fake upstreams on loopback over TLS (RFC 7858) and HTTPS (RFC 8484). */
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { Deframer, frame } from '../../src/upstream/framing.ts';
import type { Certificate } from './certificate.ts';
import { recordedUpstream, reply, type Says } from './upstream.ts';

export interface SecureUpstream {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Destroys all connections, and keeps listening. */
  reset(): void;
  close(): Promise<void>;
}

/** Closes a connection after `most` replies, even with queries outstanding. */
export async function startTlsUpstream(
  certificate: Certificate,
  says: Says = recordedUpstream,
  most: number = Infinity,
): Promise<SecureUpstream> {
  const server = createServer(certificate, (connection) => {
    const deframer = new Deframer();
    let left = most;
    connection.on('data', (data: Buffer) => {
      for (const message of deframer.push(data)) {
        const response = left > 0 ? reply(message, 'tcp', says) : undefined;
        if (response === undefined) continue;
        connection.write(frame(response));
        if (--left === 0) connection.end();
      }
    });
  });
  return listen(server, 'secureConnection');
}

/** Responds with `status` and `mediaType`. Closes a session after `most` replies, even with queries outstanding. */
export async function startHttpsUpstream(
  certificate: Certificate,
  says: Says = recordedUpstream,
  status: () => number = () => 200,
  most: number = Infinity,
  mediaType: string = 'application/dns-message',
  headersOfCache: OutgoingHttpHeaders = {},
): Promise<SecureUpstream> {
  const server = createSecureServer(certificate);
  const replies = new WeakMap<object, number>();
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const right =
        headers[':path'] === '/dns-query' && headers[':method'] === 'POST' && headers['content-type'] === 'application/dns-message';
      const response = right ? reply(Buffer.concat(chunks), 'tcp', says) : undefined;
      const session = stream.session!;
      const nth = (replies.get(session) ?? 0) + 1;
      if ((right && response === undefined) || nth > most) return;
      replies.set(session, nth);
      stream.respond({ ':status': right ? status() : 400, 'content-type': mediaType, ...headersOfCache });
      stream.end(response);
      // A session that is destroyed at once keeps the reply to itself.
      if (nth === most) stream.once('close', () => setTimeout(() => session.destroy(), 10));
    });
  });
  return listen(server, 'session');
}

async function listen(server: Server, event: 'secureConnection' | 'session'): Promise<SecureUpstream> {
  const open = new Set<Socket | ServerHttp2Session>();
  let connections = 0;
  server.on(event, (connection: Socket | ServerHttp2Session) => {
    connections++;
    open.add(connection);
    connection.on('error', () => undefined).on('close', () => open.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = (): void => open.forEach((connection) => connection.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    reset,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
