/** Opens the listeners of a serving thread: UDP and TCP on each address, and the encrypted transports. */
import { systemClock } from '../../src/clock.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import type { Listener, Respond } from '../../src/server/listener.ts';
import type { ConnectionLimits } from '../../src/server/connections.ts';
import { followCertificate, type CertificateSource } from '../../src/server/certificate.ts';
import type { KnownResponses } from '../../src/server/known-responses.ts';
import { httpsListener } from '../../src/server/https.ts';
import { unobserved, type ListenerObserver } from '../../src/server/observer.ts';
import type { StreamOptions } from '../../src/server/accept.ts';
import { tcpListener, tlsListener } from '../../src/server/stream.ts';
import { chooseUdp, type Udp } from '../../src/server/udp.ts';
import type { UdpPeers } from '../../src/server/udp-peers.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { numberIn } from '../../src/telemetry/process-readers.ts';
import type { Transport } from '../../src/wire/query.ts';

/** Where a server listens: `listen` for UDP and TCP. */
export type ListenAddresses = Pick<Options, 'listen' | 'listenTls' | 'listenHttps'>;

export interface ListenersParts {
  readonly options: Options;
  readonly addresses: ListenAddresses;
  /** Whether other threads listen on the same ports. */
  readonly sharePorts: boolean;
  /** Whether to check first that nobody else has the ports: sockets that share a port silently share it with other programs of this user too. */
  readonly claim: boolean;
  /** Whether no thread has listened before. If one has, UDP and TCP are served even while the certificate cannot be used. */
  readonly isFirst: boolean;
  readonly respond: Respond;
  readonly known?: KnownResponses | undefined;
  readonly isAsking?: (() => boolean) | undefined;
  readonly observer: (transport: Transport, address: Address) => ListenerObserver;
  readonly log: Log;
}

/** Attempts when the system chooses the port: one that is free for UDP may be in use for TCP. */
const PORT_TRIES = 10;

export interface Listeners {
  /** The URL of each listener, with the port bound. */
  readonly urls: readonly string[];
  /** The addresses with the ports bound, for the threads that share them. */
  readonly addresses: ListenAddresses;
  /** Absent with `udp: dgram`, and where libc's calls are not available. */
  readonly peers: UdpPeers | undefined;
  /** Stops taking queries, and resolves once those in flight are answered. */
  close(): Promise<void>;
}

/** Rejects with the error of the first listener that fails; those already open are closed. */
export async function openListeners(parts: ListenersParts): Promise<Listeners> {
  const udp = await chooseUdp(parts.options.udp);
  if (udp.because !== undefined)
    parts.log.warn({ reason: udp.because }, 'UDP goes through node:dgram, at about twice the CPU: batched reads are not to be had here');
  if (parts.claim) {
    const claimed = await openAll({ ...parts, sharePorts: false, observer: () => unobserved }, udp);
    await claimed.close();
    claimed.peers?.close();
  }
  return openAll(parts, udp);
}

async function openAll(parts: ListenersParts, udp: Udp): Promise<Listeners> {
  const { addresses, log } = parts;
  const certificate = await certificateOf(parts);
  const opening = new Opening(parts, udp);
  const close = async (): Promise<void> => {
    certificate?.close();
    await opening.close();
  };
  try {
    const listen = await opening.each(addresses.listen, (endpoint) => opening.dns(endpoint));
    let { listenTls, listenHttps } = addresses;
    if (certificate !== undefined) {
      listenTls = await opening.each(listenTls, (endpoint) => opening.encrypted('tls', endpoint, certificate));
      listenHttps = await opening.each(listenHttps, (endpoint) => opening.encrypted('https', endpoint, certificate));
    }
    return { urls: opening.urls, addresses: { listen, listenTls, listenHttps }, peers: openPeers(udp, log), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const encryptedListeners = { tls: tlsListener, https: httpsListener };

/** Opens one listener after another, and holds those that are open. */
class Opening {
  readonly #parts: ListenersParts;
  readonly #udp: Udp;
  readonly #common: Pick<StreamOptions, 'respond' | 'clock' | 'reusePort' | 'limits'>;
  readonly #open: Listener[] = [];

  constructor(parts: ListenersParts, udp: Udp) {
    this.#parts = parts;
    this.#udp = udp;
    this.#common = { respond: parts.respond, clock: systemClock, reusePort: parts.sharePorts, limits: limitsOf(parts) };
  }

  get urls(): readonly string[] {
    return this.#open.map((listener) => listener.url);
  }

  /** Calls `open` for each address, twice for one that means all of the machine's. Resolves to them with the ports bound. */
  async each(addresses: readonly Address[], open: (endpoint: Address) => Promise<number>): Promise<Address[]> {
    const bound: Address[] = [];
    for (const address of addresses) bound.push(await onEach(address, open, this.#parts.log));
    return bound;
  }

  /** Opens UDP and TCP on one port, and resolves to it. */
  async dns(endpoint: Address, tries = PORT_TRIES): Promise<number> {
    const { options, known, isAsking, observer } = this.#parts;
    const datagrams = this.#udp.listener({
      ...this.#common,
      known,
      isAsking,
      endpoint,
      observer: observer('udp', endpoint),
      payloadSize: options.udpPayload,
      receiveBuffer: options.udpReceiveBuffer,
    });
    // TCP gets the port that UDP was given where any would do.
    const stream = { ...endpoint, port: await this.#add(datagrams, endpoint) };
    try {
      return await this.#add(tcpListener({ ...this.#common, endpoint: stream, observer: observer('tcp', endpoint) }), stream);
    } catch (error) {
      if (endpoint.port !== 0 || tries === 1) throw error;
      await this.#open.pop()!.close();
      return this.dns(endpoint, tries - 1);
    }
  }

  encrypted(transport: keyof typeof encryptedListeners, endpoint: Address, certificate: CertificateSource): Promise<number> {
    const observer = this.#parts.observer(transport, endpoint);
    return this.#add(encryptedListeners[transport]({ ...this.#common, certificate, endpoint, observer }), endpoint);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close()));
  }

  async #add(listener: Listener, { port }: Address): Promise<number> {
    await listener.listen();
    this.#open.push(listener);
    return port === 0 ? Number(new URL(listener.url).port) : port;
  }
}

/** Upstreams can be asked without them: a kernel or sandbox that refuses must not keep the server from answering. */
export function openPeers(udp: Pick<Udp, 'openPeers'>, log: Pick<Log, 'warn'>): UdpPeers | undefined {
  try {
    return udp.openPeers?.();
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'questions to upstreams go through node:dgram, which takes more CPU');
    return undefined;
  }
}

/** Returns undefined when no transport is encrypted. The check of the options makes sure that both files are named. */
async function certificateOf({
  options,
  addresses,
  observer,
  isFirst,
}: ListenersParts): Promise<(CertificateSource & { close(): void }) | undefined> {
  const { listenTls, listenHttps } = addresses;
  const { tlsCert, tlsKey } = options;
  const [tls] = listenTls;
  const address = tls ?? listenHttps[0];
  if (address === undefined) return undefined;
  const its = observer(tls === undefined ? 'https' : 'tls', address);
  return followCertificate({ certFile: tlsCert!, keyFile: tlsKey!, observer: its, waits: !isFirst });
}

/** Opens one port in both families where all addresses of the machine are meant; a machine without IPv6 has only one. Returns it with the port bound. */
async function onEach(address: Address, open: (endpoint: Address) => Promise<number>, log: Log): Promise<Address> {
  if (address.host !== '') return { ...address, port: await open(address) };
  const port = await open({ ...address, host: '0.0.0.0' });
  try {
    await open({ host: '::', port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error;
    log.info({}, 'this machine has no IPv6: answering on IPv4 only');
  }
  return { ...address, port };
}

function limitsOf({ options, addresses, log }: ListenersParts): Partial<ConnectionLimits> {
  const { listen, listenTls, listenHttps } = addresses;
  const hosts = [...listen, ...listenTls, ...listenHttps].flatMap(({ host }) => (host === '' ? ['0.0.0.0', '::'] : host));
  const room = Math.floor(descriptors() / 2 / hosts.length / options.threads);
  if (room < options.tcpMaxConnections)
    log.info({ connections: room }, 'each address takes fewer connections than --tcp-max-connections: few files may be open (ulimit -n)');
  return {
    maxConnections: Math.min(room, options.tcpMaxConnections),
    maxConnectionsPerClient: options.tcpMaxConnectionsPerClient,
    maxQueries: options.tcpMaxQueries,
    idleTimeout: options.tcpIdleTimeout,
    queryTimeout: options.tcpQueryTimeout,
  };
}

/** Returns how many files may be open. Connections get half of them: upstreams, files and the admin address need some too. */
function descriptors(): number {
  try {
    return numberIn('/proc/self/limits', /^Max open files\s+(\d+)/m, 1)[0]?.value ?? Infinity;
  } catch {
    // Not Linux.
    return Infinity;
  }
}
