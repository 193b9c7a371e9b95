/** An upstream's address and transport, parsed from its URL, and the exchange for it. */
import type { Clock } from '../clock.ts';
import type { ConnectUdp } from './datagrams.ts';
import { secureRandom16, ExchangeError, type Exchange } from './exchange.ts';
import { httpsExchange } from './https.ts';
import { within } from './probe.ts';
import { tcpExchange, tlsExchange, type StreamOptions } from './stream.ts';
import { CaseChanged, udpExchange, type UdpOptions } from './udp.ts';

export interface Endpoint {
  readonly url: URL;
  readonly scheme: 'udp' | 'tcp' | 'tls' | 'https';
  /** Without brackets; for https it may be a name. */
  readonly host: string;
  readonly port: number;
  /** The name its certificate must have, if it is not the host. */
  readonly serverName: string | undefined;
}

const DEFAULT_PORT = { udp: 53, tcp: 53, tls: 853, https: 443 } as const;

/** Parses `udp://10.0.0.53:53`, `tcp://…`, `tls://10.0.0.53:853#dns.example` or `https://dns.example/dns-query#name`. Throws a TypeError if not. */
export function parseEndpoint(text: string): Endpoint {
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  if (!isScheme(scheme)) throw new TypeError(`upstream ${text}: the scheme is not one of ${Object.keys(DEFAULT_PORT).join(', ')}`);
  const port = url.port === '' ? DEFAULT_PORT[scheme] : Number(url.port);
  return { url, scheme, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, serverName: url.hash === '' ? undefined : url.hash.slice(1) };
}

function isScheme(text: string): text is Endpoint['scheme'] {
  return Object.hasOwn(DEFAULT_PORT, text);
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly randomCase: boolean;
  readonly dropped: () => void;
  readonly guessed?: () => void;
  readonly asked?: (kept: boolean) => void;
  readonly ca: string | undefined;
  readonly connectUdp?: ConnectUdp | undefined;
}

export function exchangeFor(endpoint: Endpoint, options: ExchangeOptions): Exchange & Disposable {
  const { host: address, port, url, serverName } = endpoint;
  const all = { ...options, random16: secureRandom16, address, port, serverName };
  if (endpoint.scheme === 'https') return httpsExchange({ ...all, url });
  if (endpoint.scheme === 'tls') return tlsExchange(all);
  return endpoint.scheme === 'tcp' ? tcpExchange(all) : udpThenTcp(all);
}

/** ms for which only TCP is used after a forgery attempt: an attacker has to start over, and gets few guesses at a time. */
const WARY = 10_000;

/** ms for the whole answer over TCP once a part of it has come over UDP: where TCP is blocked on the path, no error says so. */
const REST = 1000;

/** ms for which an upstream that changes the case of letters and cannot be reached over TCP is asked without random case. */
const PLAIN = 600_000;

/** Asks over UDP, and again over TCP after a truncated reply (RFC 7766 section 5) or a suspected forgery. If TCP fails, returns a truncated reply. */
function udpThenTcp(options: UdpOptions & StreamOptions): Exchange & Disposable {
  const { clock } = options;
  const mixed = udpExchange(options);
  const plain = udpExchange({ ...options, randomCase: false });
  const tcp = tcpExchange(options);
  let wary = -Infinity;
  let folding = -Infinity;
  /** Few upstreams change the case of the question, but without this none of them could be used where TCP is blocked. */
  const afterForgery = async (error: ExchangeError, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> => {
    wary = clock.monotonic();
    if (!(error instanceof CaseChanged)) return tcp(message, signal);
    return within(REST, clock, signal, (limit) => tcp(message, limit)).catch((reason: unknown) => {
      if (signal.aborted) throw reason;
      wary = -Infinity;
      folding = clock.monotonic();
      return plain(message, signal);
    });
  };
  const exchange: Exchange = async (message, signal) => {
    const now = clock.monotonic();
    if (now - wary < WARY) return tcp(message, signal);
    let part: Uint8Array;
    try {
      part = await (now - folding < PLAIN ? plain : mixed)(message, signal);
      if ((part[2]! & 0x02) === 0) return part;
    } catch (error) {
      if (!(error instanceof ExchangeError) || error.why !== 'forged') throw error;
      return afterForgery(error, message, signal);
    }
    return within(REST, clock, signal, (limit) => tcp(message, limit)).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return part;
    });
  };
  return Object.assign(exchange, { [Symbol.dispose]: () => tcp[Symbol.dispose]() });
}
