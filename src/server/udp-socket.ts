/** One UDP socket opened through libc: its options, the kernel's counters for it, and receiving and sending in batches. */
import { getSystemErrorName } from 'node:util';
import type { Clock } from '../clock.ts';
import { formatAddress, isIPv6, parseAddress } from '../wire/address.ts';
import { uint16At } from '../wire/integers.ts';
import { cannotListen, endpointUrl, type Endpoint } from './endpoint.ts';
import type { Libc } from './libc.ts';
import type { ListenerObserver } from './observer.ts';
import type { PacketSlots } from './packet-slots.ts';
import { AF_INET, AF_INET6, IN6_ADDRESS, IN_ADDRESS, SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE, socketAddress } from './socket-address.ts';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** Indices into SO_MEMINFO's counters (linux/sock_diag.h): octets taken by queued packets, and packets dropped. */
const MEMINFO_RECEIVED = 0;
const MEMINFO_DROPS = 8;
/** Octets that the kernel counts for a short packet, about: the memory it is in. */
const PACKET_SIZE = 1024;
const IP_PKTINFO = 8;
const IP_MTU_DISCOVER = 10;
const IPV6_MTU_DISCOVER = 23;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const PMTUDISC_OMIT = 5;
const CONTROL_HEADER_SIZE = 16;
/** ms to wait for a full send buffer, in each batch, before answers are dropped. It drains at line speed. */
const SEND_PATIENCE = 5;

export interface UdpSocketOptions {
  readonly endpoint: Endpoint;
  /** Bytes; 0 leaves the kernel's default. */
  readonly receiveBuffer: number;
  /** Whether the port may be shared with other sockets that set this too. */
  readonly reusePort: boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class UdpSocket {
  readonly fd: number;
  readonly endpoint: Endpoint;
  /** Octets that packets may take in the receive buffer, as the kernel counts them. */
  readonly capacity: number;
  readonly nameLength: number;
  /** Octets of control data received and sent back with each packet: on a wildcard address, the address that was asked; else 0. */
  readonly controlLength: number;
  /** The offsets of the address octets in a sockaddr. */
  readonly addressRange: readonly [start: number, end: number];
  readonly #isV6: boolean;
  readonly #interfaceOffset: number;
  readonly #libc: Libc;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #observer: ListenerObserver;
  /** Packets dropped so far, as last reported by kernelDrops and by tellBacklog. */
  #drops = 0;
  #dropsInBacklog = 0;
  /** ms that may still be waited for a full send buffer in this batch. */
  #patience = SEND_PATIENCE;
  readonly #numbers = new Uint32Array(MEMINFO_DROPS + 1);
  readonly #numbersOctets = new Uint8Array(this.#numbers.buffer);

  /** Opens and binds; throws the system's error with the address in its message. */
  constructor(libc: Libc, options: UdpSocketOptions, observer: ListenerObserver) {
    const { endpoint } = options;
    const v6 = isIPv6(endpoint.host);
    const wildcard = parseAddress(endpoint.host)!.every((octet) => octet === 0);
    this.#libc = libc;
    this.#clock = options.clock;
    this.#observer = observer;
    this.#isV6 = v6;
    this.nameLength = v6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE;
    this.addressRange = v6 ? IN6_ADDRESS : IN_ADDRESS;
    // struct in_pktinfo is 12 octets, in6_pktinfo 20; both are padded to a multiple of 8.
    this.controlLength = !wildcard ? 0 : CONTROL_HEADER_SIZE + (v6 ? 24 : 16);
    this.#interfaceOffset = CONTROL_HEADER_SIZE + (v6 ? 16 : 0);
    try {
      this.fd = libc.socket(v6 ? AF_INET6 : AF_INET);
    } catch (error) {
      throw cannotListen(endpointUrl('udp', endpoint), error as NodeJS.ErrnoException);
    }
    try {
      this.capacity = this.#setOptions(options, v6);
      this.endpoint = this.#bind(endpoint);
    } catch (error) {
      libc.close(this.fd);
      throw cannotListen(endpointUrl('udp', endpoint), error as NodeJS.ErrnoException);
    }
  }

  /** Receives into `slots`. Returns the number of packets, 0 if none is queued. */
  receive(slots: PacketSlots): number {
    const count = this.#libc.receiveMany(this.fd, slots.headers, slots.shape.count);
    if (count >= 0) return count;
    const code = this.#errorName();
    if (code !== 'EAGAIN') this.#observer.failed('recvmmsg', code, 0);
    return 0;
  }

  /** Begins a batch of answers: what is sent until the next one may wait for a full send buffer, all together, as long as one batch may. */
  beginBatch(): void {
    this.#patience = SEND_PATIENCE;
  }

  /**
   * Sends `count` slots from `first`; returns how many were sent. A packet the kernel refuses (EPERM from a firewall, EMSGSIZE, …) is skipped and
   * the others are still sent; if the send buffer stays full, the rest is dropped: waiting longer would lose incoming queries.
   */
  send(slots: PacketSlots, first: number, count: number): number {
    const end = first + count;
    let sent = 0;
    let waited = false;
    for (let at = first; at < end;) {
      const result = this.#libc.sendMany(this.fd, slots.headerAt(at), end - at);
      if (result > 0) {
        sent += result;
        at += result;
        continue;
      }
      const code = this.#errorName();
      if (code === 'EINTR') continue;
      const full = code === 'EAGAIN' || code === 'ENOBUFS';
      if (full && !waited && this.#patience >= 1) {
        waited = true;
        this.#waitWritable();
        continue;
      }
      const lost = full ? end - at : 1;
      this.#observer.failed('sendmmsg', code, lost);
      at += lost;
    }
    return sent;
  }

  /**
   * Clears the interface, so that routing chooses the way back, which may be another one; a link-local client's interface is in its sockaddr. Where a
   * link-local address of ours was asked (fe80::/10), it is kept: that address is of one interface, and from it the kernel sends only by a named one.
   */
  forgetInterface(control: Uint8Array): void {
    if (this.controlLength === 0) return;
    if (this.#isV6 && control[CONTROL_HEADER_SIZE] === 0xfe && (control[CONTROL_HEADER_SIZE + 1]! & 0xc0) === 0x80) return;
    const at = this.#interfaceOffset;
    control[at] = control[at + 1] = control[at + 2] = control[at + 3] = 0;
  }

  /** Returns the number of packets the kernel dropped since the last call. */
  kernelDrops(): number {
    if (!this.#readNumbers()) return 0;
    const total = this.#numbers[MEMINFO_DROPS]!;
    // The kernel's counter has 32 bits.
    const since = (total - this.#drops) >>> 0;
    this.#drops = total;
    return since;
  }

  /**
   * Reports the octets of packets queued here, and of `waiting` packets elsewhere; and whether, since the last report, the kernel has dropped packets or
   * `dropped` others were. Returns the octets queued here, as the kernel counts them.
   */
  tellBacklog(waiting: number, dropped: number): number {
    if (!this.#readNumbers()) return 0;
    const queued = this.#numbers[MEMINFO_RECEIVED]!;
    const drops = this.#numbers[MEMINFO_DROPS]!;
    this.#observer.backlog(queued + waiting * PACKET_SIZE, dropped > 0 || drops !== this.#dropsInBacklog);
    this.#dropsInBacklog = drops;
    return queued;
  }

  /**
   * Stops receiving, except for what is queued: the socket is connected to itself, and among the sockets on a port the kernel passes over one
   * connected to another peer. Answers can still be sent to any client.
   */
  hearNobody(): void {
    const { host, port } = this.endpoint;
    const address = parseAddress(host)!;
    // A wildcard address cannot be sent to, so the loopback address takes its place.
    if (this.controlLength > 0) address.set(address.length === 4 ? [127, 0, 0, 1] : [1], address.length === 4 ? 0 : 15);
    this.#libc.connect(this.fd, socketAddress(address, port));
  }

  close(): void {
    this.#libc.close(this.fd);
  }

  #waitWritable(): void {
    const began = this.#clock.monotonic();
    this.#libc.waitWritable(this.fd, Math.floor(this.#patience));
    this.#patience -= this.#clock.monotonic() - began;
  }

  /** Returns false where the kernel has no SO_MEMINFO. */
  #readNumbers(): boolean {
    return this.#libc.getOption(this.fd, SOL_SOCKET, SO_MEMINFO, this.#numbersOctets);
  }

  /** Returns the size of the receive buffer that the kernel granted, in which it counts its own bookkeeping too. */
  #setOptions({ receiveBuffer, reusePort }: UdpSocketOptions, v6: boolean): number {
    if (reusePort) this.#set(SOL_SOCKET, SO_REUSEPORT, 1);
    if (v6) this.#set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (this.controlLength > 0) this.#set(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
    // A forged ICMP message must not make us fragment (RFC 9715 section 3.1). Old kernels refuse the option.
    this.#set(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PMTUDISC_OMIT);
    // FORCE needs CAP_NET_ADMIN; without it net.core.rmem_max is the limit.
    if (receiveBuffer > 0 && !this.#libc.setOption(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer))
      this.#set(SOL_SOCKET, SO_RCVBUF, receiveBuffer);
    const granted = new Uint32Array(1);
    this.#libc.getOption(this.fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(granted.buffer));
    // The kernel doubles the size requested, for its own bookkeeping.
    this.#observer.receiveBuffer(granted[0]! / 2);
    return granted[0]!;
  }

  /** Sets an option to an int. If the kernel refuses, that is reported: with an option less, it still answers. */
  #set(level: number, option: number, value: number): void {
    if (!this.#libc.setOption(this.fd, level, option, value)) this.#observer.failed('setsockopt', this.#errorName(), 0);
  }

  /** The name of the error of the call that has just failed. */
  #errorName(): string {
    return getSystemErrorName(-this.#libc.errno());
  }

  /** Binds; returns the endpoint with the port that was bound. */
  #bind({ host, port }: Endpoint): Endpoint {
    const name = socketAddress(parseAddress(host)!, port);
    this.#libc.bind(this.fd, name);
    this.#libc.boundAddress(this.fd, name);
    return { host: formatAddress(name.subarray(...this.addressRange)), port: uint16At(name, 2) };
  }
}
