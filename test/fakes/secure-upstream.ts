/** Nameservers on loopback that are spoken to over TLS and HTTPS. */
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { Deframer, frame } from '../../src/upstream/framing.ts';
import type { Certificate } from './certificate.ts';
import { recordedUpstream, reply, type Says } from './upstream.ts';

export interface SecureUpstream {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Breaks all connections, and goes on listening. */
  reset(): void;
  close(): Promise<void>;
}

export async function startTlsUpstream(certificate: Certificate, says: Says = recordedUpstream): Promise<SecureUpstream> {
  const server = createServer(certificate, (connection) => {
    const deframer = new Deframer();
    connection.on('data', (data: Buffer) => {
      for (const message of deframer.push(data)) {
        const response = reply(message, 'tcp', says);
        if (response !== undefined) connection.write(frame(response));
      }
    });
  });
  return listen(server, 'secureConnection');
}

/** `status` 200 unless the test says otherwise. */
export async function startHttpsUpstream(
  certificate: Certificate,
  says: Says = recordedUpstream,
  status: () => number = () => 200,
): Promise<SecureUpstream> {
  const server = createSecureServer(certificate);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const right =
        headers[':path'] === '/dns-query' && headers[':method'] === 'POST' && headers['content-type'] === 'application/dns-message';
      const response = right ? reply(Buffer.concat(chunks), 'tcp', says) : undefined;
      if (right && response === undefined) return;
      stream.respond({ ':status': right ? status() : 400, 'content-type': 'application/dns-message' });
      stream.end(response);
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
