/** Exchanges over TCP (RFC 7766) and TLS (RFC 7858): one connection is kept and used for all questions. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Connection, type ConnectionOptions, type Opening } from './connection.ts';
import { ExchangeError, retriedOnReset, type Exchange } from './exchange.ts';

export interface StreamOptions extends ConnectionOptions {
  readonly address: string;
  readonly port: number;
}

export interface TlsOptions extends StreamOptions {
  /** The name the certificate must have; the address when undefined. */
  readonly serverName: string | undefined;
  /** PEM of the authorities to trust; the public ones Node.js knows when undefined. */
  readonly ca: string | undefined;
}

export function tcpExchange(options: StreamOptions): Exchange & Disposable {
  const { address, port } = options;
  return keptConnection(() => connectTcp({ host: address, port }), { ready: 'connect', failure: 'reset' }, options);
}

export function tlsExchange(options: TlsOptions): Exchange & Disposable {
  const { address, port, serverName, ca } = options;
  const how = {
    host: address,
    port,
    minVersion: 'TLSv1.2',
    ...(serverName !== undefined && { servername: serverName }),
    ...(ca !== undefined && { ca }),
  } as const;
  return keptConnection(() => connectTls(how), { ready: 'secureConnect', failure: 'tls' }, options);
}

function keptConnection(connect: () => Socket, opening: Opening, options: ConnectionOptions): Exchange & Disposable {
  let connection: Connection | undefined;
  const ask: Exchange = (message, signal) => {
    if (connection?.isUsable !== true) connection = new Connection(connect(), opening, options);
    return connection.ask(message, signal);
  };
  return Object.assign(retriedOnReset(ask), {
    [Symbol.dispose]: () => connection?.close(new ExchangeError('unreachable', 'the upstream is no longer used')),
  });
}
