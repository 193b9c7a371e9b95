/** UDP over node:dgram: works everywhere, at about half the speed of libc's batches. On a wildcard address the system chooses the source address. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6, parseAddress } from '../wire/address.ts';
import type { Client } from '../wire/query.ts';
import { cannotListen, endpointUrl, type Endpoint } from './endpoint.ts';
import type { Listener } from './listener.ts';
import { unobserved } from './observer.ts';
import { QUERY_SIZE, type UdpOptions } from './udp-options.ts';

export function dgramUdpListener(options: UdpOptions): Listener {
  return new DgramUdpListener(options);
}

class DgramUdpListener implements Listener {
  readonly #options: { readonly [K in Exclude<keyof UdpOptions, 'known' | 'isAsking'>]-?: Exclude<UdpOptions[K], undefined> };
  /** Every answer is written here, then copied: the received packet is only as large as the query. Longer queries are dropped. */
  readonly #target: Uint8Array;
  #endpoint: Endpoint;
  #socket: Socket | undefined;
  #receiving = false;
  /** Queries waiting for an answer, and answers not yet taken by the kernel. */
  #pending = 0;
  #finished: (() => void) | undefined;

  constructor(options: UdpOptions) {
    const { payloadSize = QUERY_SIZE, receiveBuffer = 0, reusePort = false, observer = unobserved } = options;
    this.#options = { ...options, payloadSize, receiveBuffer, reusePort, observer };
    this.#target = new Uint8Array(Math.max(QUERY_SIZE, payloadSize));
    this.#endpoint = options.endpoint;
  }

  get url(): string {
    return endpointUrl('udp', this.#endpoint);
  }

  listen(): Promise<void> {
    const { host, port } = this.#options.endpoint;
    const { reusePort, observer } = this.#options;
    const v6 = isIPv6(host);
    const socket = createSocket({
      type: v6 ? 'udp6' : 'udp4',
      ipv6Only: v6,
      reusePort,
      // Hosts are always addresses here; the default lookup would cost a turn of the event loop per answer.
      lookup: (address, _options, found) => found(null, address, v6 ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(cannotListen(endpointUrl('udp', this.#options.endpoint), error));
      });
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        socket.on('error', (error: NodeJS.ErrnoException) => observer.failed('recvmsg', error.code ?? 'UNKNOWN', 0));
        socket.on('message', (packet, remote) => this.#receive(socket, packet, remote));
        this.#setBuffer(socket);
        this.#endpoint = { host, port: socket.address().port };
        this.#socket = socket;
        this.#receiving = true;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#receiving = false;
    this.#socket = undefined;
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#finished = resolve));
    await new Promise<void>((resolve) => socket.close(resolve));
  }

  #setBuffer(socket: Socket): void {
    const { receiveBuffer, observer } = this.#options;
    // Linux silently grants less, other systems refuse a size that is too large: the listener works either way.
    if (receiveBuffer > 0) {
      try {
        socket.setRecvBufferSize(receiveBuffer);
      } catch {
        observer.failed('setsockopt', 'ENOBUFS', 0);
      }
    }
    observer.receiveBuffer(socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1));
  }

  #receive(socket: Socket, packet: Uint8Array, { address, port }: RemoteInfo): void {
    // A packet from port 0 expects no answer (RFC 768), and node:dgram throws when sending to port 0.
    if (!this.#receiving || port === 0) return;
    const { respond, clock, observer } = this.#options;
    if (packet.length > this.#target.length) {
      observer.oversized(1);
      observer.batch(1, 0, 0);
      return;
    }
    const now = clock.monotonic();
    const client: Client = { address: parseAddress(address.split('%', 1)[0]!)!, port, transport: 'udp' };
    let answered = false;
    const length = respond(packet, packet.length, client, now, this.#target, (response) => {
      if (answered) return;
      answered = true;
      if (response.length > 0) this.#send(socket, Buffer.from(response), port, address);
      this.#done();
    });
    if (length < 0) this.#pending++;
    if (length > 0) this.#send(socket, Buffer.from(this.#target.subarray(0, length)), port, address);
    // Whether the answer was sent is told in #send's callback, even if it has been by now.
    observer.batch(1, 0, clock.monotonic() - now);
  }

  #send(socket: Socket, response: Uint8Array, port: number, address: string): void {
    this.#pending++;
    socket.send(response, port, address, (error: NodeJS.ErrnoException | null) => {
      if (error === null) this.#options.observer.sentLater(1);
      else this.#options.observer.failed('sendmsg', error.code ?? 'UNKNOWN', 1);
      this.#done();
    });
  }

  #done(): void {
    if (--this.#pending === 0) this.#finished?.();
  }
}
