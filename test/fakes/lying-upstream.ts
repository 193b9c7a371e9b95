/** A nameserver on loopback, over UDP and TCP, that sends whatever octets a test chooses. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { Deframer } from '../../src/upstream/framing.ts';

export interface Lies {
  /** Called with each datagram; `send` replies from the queried address, `sendFrom` from another socket. */
  udp?(query: Buffer, send: (reply: Uint8Array) => void, sendFrom: (other: DatagramSocket, reply: Uint8Array) => void): void;
  /** Called with each message over TCP; `nth` counts those of all connections. */
  tcp?(query: Buffer, connection: Socket, nth: number): void;
}

export interface LyingUpstream {
  readonly port: number;
  /** Queries received so far. */
  readonly asked: { udp: number; tcp: number };
  close(): Promise<void>;
}

export async function startLyingUpstream(lies: Lies): Promise<LyingUpstream> {
  const asked = { udp: 0, tcp: 0 };
  const open = new Set<Socket>();
  let closed = false;
  const tcp = createServer((connection) => {
    open.add(connection);
    connection.on('error', () => undefined);
    const deframer = new Deframer();
    connection.on('data', (data: Buffer) => {
      for (const message of deframer.push(data)) lies.tcp?.(Buffer.from(message), connection, ++asked.tcp);
    });
  });
  const { udp, port } = await bindBoth(tcp);
  udp.on('message', (query, client) => {
    asked.udp++;
    const send = (socket: DatagramSocket, reply: Uint8Array): void => {
      if (!closed) socket.send(reply, client.port, client.address);
    };
    lies.udp?.(query, (reply) => send(udp, reply), send);
  });
  return {
    port,
    asked,
    close: async () => {
      closed = true;
      open.forEach((connection) => connection.destroy());
      await Promise.all([new Promise<void>((resolve) => udp.close(resolve)), new Promise((resolve) => tcp.close(resolve))]);
    },
  };
}

/** Binds UDP and TCP to one port: the port that the kernel chooses for UDP may be taken for TCP, and then another is tried. */
async function bindBoth(tcp: Server): Promise<{ udp: DatagramSocket; port: number }> {
  for (;;) {
    const udp = createSocket('udp4');
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const { port } = udp.address();
    const error = await new Promise<Error | undefined>((resolve) => {
      tcp.once('error', resolve);
      tcp.listen(port, '127.0.0.1', () => {
        tcp.off('error', resolve);
        resolve(undefined);
      });
    });
    if (error === undefined) return { udp, port };
    await new Promise<void>((resolve) => udp.close(resolve));
  }
}
