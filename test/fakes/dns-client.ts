/** DNS clients over UDP, TCP, TLS and HTTPS, chosen by a listener's URL; many queries may be outstanding on one socket. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Deframer, frame } from '../../src/upstream/framing.ts';

export interface DnsClient {
  /** Resolves with the response that has the message's id. */
  ask(message: Uint8Array): Promise<Uint8Array>;
  /** The client's own port. */
  readonly port: number;
  close(): void;
}

/** `ca` is the PEM that the listener's certificate is checked against; `from` is the client's own address, unused with HTTPS. */
export async function dnsClient(url: string, ca?: string, from?: string): Promise<DnsClient> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const to = { host, port: Number(port), ...(from === undefined ? {} : { localAddress: from }) };
  if (protocol === 'udp:') return udpClient(to);
  if (protocol === 'https:') return httpsClient(url, ca);
  const socket = protocol === 'tls:' ? connectTls({ ...to, ca, ALPNProtocols: ['dot'] }) : connect(to);
  await once(socket, protocol === 'tls:' ? 'secureConnect' : 'connect');
  return streamClient(socket);
}

type Waiting = Map<number, PromiseWithResolvers<Uint8Array>>;

function idOf(message: Uint8Array): number {
  return (message[0]! << 8) | message[1]!;
}

function wait(waiting: Waiting, message: Uint8Array): Promise<Uint8Array> {
  const promised = Promise.withResolvers<Uint8Array>();
  waiting.set(idOf(message), promised);
  return promised.promise;
}

function settle(waiting: Waiting, response: Uint8Array): void {
  waiting.get(idOf(response))?.resolve(response);
  waiting.delete(idOf(response));
}

async function udpClient({ host, port, localAddress }: { host: string; port: number; localAddress?: string }): Promise<DnsClient> {
  const waiting: Waiting = new Map();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', (response) => settle(waiting, response));
  socket.on('error', () => undefined);
  if (localAddress !== undefined) await new Promise<void>((resolve) => socket.bind(0, localAddress, resolve));
  socket.connect(port, host);
  await once(socket, 'connect');
  return {
    port: socket.address().port,
    ask(message) {
      const response = wait(waiting, message);
      socket.send(message);
      return response;
    },
    close: () => void socket.close(),
  };
}

function streamClient(socket: Socket): DnsClient {
  const waiting: Waiting = new Map();
  const deframer = new Deframer();
  socket.on('data', (chunk: Buffer) => {
    for (const response of deframer.push(chunk)) settle(waiting, response);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the connection was closed'));
  });
  return {
    port: socket.localPort!,
    ask(message) {
      const response = wait(waiting, message);
      socket.write(frame(message));
      return response;
    },
    close: () => void socket.destroy(),
  };
}

async function httpsClient(url: string, ca: string | undefined): Promise<DnsClient> {
  const session = connectHttp2(url, ca === undefined ? {} : { ca });
  session.on('error', () => undefined);
  await once(session, 'connect');
  return {
    port: session.socket.localPort!,
    async ask(message) {
      const stream = session.request({ ':method': 'POST', ':path': '/dns-query', 'content-type': 'application/dns-message' });
      stream.end(message);
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    close: () => session.destroy(),
  };
}
