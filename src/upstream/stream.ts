/** Exchanges over TCP (RFC 7766) and TLS (RFC 7858), on persistent connections. */
import { connect as connectTcp } from 'node:net';
import { tls } from '../node-modules.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { keptConnections, type KeptOptions } from './kept.ts';

export interface StreamOptions extends ConnectionOptions, KeptOptions {
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
  return keptConnections(
    () => new Connection(connectTcp({ host: address, port }), { ready: 'connect', failure: 'reset' }, options),
    options,
  );
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
  return keptConnections(() => new Connection(tls().connect(how), { ready: 'secureConnect', failure: 'tls' }, options), options);
}
