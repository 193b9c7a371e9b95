/**
 * UDP sockets connected to one peer each, such as an upstream, through libc. For one datagram each way, node:dgram takes three times the CPU, and
 * leaves objects that the garbage collector only finds in the old generation.
 */
import { parseAddress } from '../wire/address.ts';
import { systemError } from './endpoint.ts';
import { loadLibc, type Libc } from './libc.ts';
import { socketAddress } from './socket-address.ts';

/** Sockets read per turn of the event loop: what follows from a datagram takes longer than reading it, and other events must not wait for long. */
const READ_A_TURN = 32;
const MAX_DATAGRAM = 65_535;

/** All must stay the same as `UdpReceiver`, `UdpPeer` and `UdpSockets` of src/upstream, which this folder may not import. */
export interface PeerReceiver {
  received(datagram: Uint8Array): void;
  failed(error: NodeJS.ErrnoException): void;
}

export interface Peer {
  send(datagram: Uint8Array): void;
  close(): void;
}

export class UdpPeers {
  readonly #libc: Libc;
  readonly #set: number;
  readonly #wake: { close(): void };
  /** By descriptor. Not a Map: one that lives long gets its memory from the old generation, again after every few additions and removals. */
  readonly #receivers: (PeerReceiver | undefined)[] = [];
  #open = 0;
  readonly #readable = new Int32Array(READ_A_TURN);
  readonly #datagram = new Uint8Array(MAX_DATAGRAM);
  /** The next turn, unless the event loop has slept through it. */
  #next: NodeJS.Immediate | undefined;
  #waiting: { readonly run: () => void; turns: number }[] = [];

  /** Throws where libc's calls are not available. */
  constructor(libc: Libc = loadLibc()) {
    this.#libc = libc;
    this.#set = libc.openSet();
    try {
      this.#wake = libc.wake(this.#set);
    } catch (error) {
      libc.close(this.#set);
      throw error;
    }
  }

  /** Throws the system's error if the kernel refuses: no descriptor left, no route. `address` is an IP address. */
  connect(address: string, port: number, receiver: PeerReceiver): Peer {
    const libc = this.#libc;
    const name = socketAddress(parseAddress(address)!, port);
    const fd = libc.socket(name[0]!);
    try {
      if (!libc.connect(fd, name)) throw systemError('connect', libc.errno());
      libc.watch(this.#set, fd);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
    this.#receive(fd, receiver);
    this.#arm();
    return {
      send: (datagram) => this.#send(fd, datagram),
      close: () => {
        // Once only: the number may belong to another socket by then.
        if (this.#receivers[fd] !== receiver) return;
        this.#receive(fd, undefined);
        libc.close(fd);
      },
    };
  }

  /** Calls `run` in a later turn of the event loop, once all that has arrived by now has been read and what followed from it at once has happened. */
  whenRead(run: () => void): void {
    // The set reports those that are readable in turn.
    this.#waiting.push({ run, turns: Math.ceil(this.#open / READ_A_TURN) });
    this.#arm();
    this.#next?.ref();
  }

  /** Closes all sockets; their receivers hear nothing. */
  close(): void {
    this.#wake.close();
    for (const [fd, receiver] of this.#receivers.entries()) if (receiver !== undefined) this.#libc.close(fd);
    this.#libc.close(this.#set);
    this.#receivers.length = 0;
    this.#open = 0;
    for (const { run } of this.#waiting.splice(0)) setImmediate(run);
  }

  #receive(fd: number, receiver: PeerReceiver | undefined): void {
    // Filled, since an array with holes would become a table.
    while (this.#receivers.length <= fd) this.#receivers.push(undefined);
    this.#receivers[fd] = receiver;
    this.#open += receiver === undefined ? -1 : 1;
  }

  #send(fd: number, datagram: Uint8Array): void {
    if (this.#libc.send(fd, datagram) >= 0) return;
    const error = systemError('send', this.#libc.errno());
    // A full send buffer is like a loss on the way.
    if (error.code !== 'EAGAIN') throw error;
  }

  /** Reads in the next turn of the event loop, which sleeps until something wakes it. */
  #arm(): void {
    if (this.#next !== undefined) return;
    this.#next = setImmediate(this.#turn);
    if (this.#waiting.length === 0) this.#next.unref();
  }

  readonly #turn = (): void => {
    this.#next = undefined;
    if (this.#waiting.length > 0) this.#runWaiting();
    // If more are readable, the set stays readable and wakes the loop again.
    const count = this.#open === 0 ? 0 : this.#libc.readable(this.#set, this.#readable);
    for (let i = 0; i < count; i++) this.#read(this.#readable[i]!);
    for (const waiting of this.#waiting) waiting.turns = count < READ_A_TURN ? 0 : waiting.turns - 1;
    if (this.#open > 0 || this.#waiting.length > 0) this.#arm();
  };

  /** What follows from a datagram by promises has happened by the next turn. */
  #runWaiting(): void {
    const ready = this.#waiting.filter(({ turns }) => turns <= 0);
    this.#waiting = this.#waiting.filter(({ turns }) => turns > 0);
    for (const { run } of ready) run();
  }

  #read(fd: number): void {
    const receiver = this.#receivers[fd];
    // What another's datagram led to may have closed it.
    if (receiver === undefined) return;
    const size = this.#libc.receive(fd, this.#datagram);
    if (size >= 0) {
      receiver.received(this.#datagram.slice(0, size));
      return;
    }
    const error = systemError('recv', this.#libc.errno());
    if (error.code !== 'EAGAIN') receiver.failed(error);
  }
}
