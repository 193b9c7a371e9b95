/**
 * The memory of a batch, laid out once: packets, and the `mmsghdr`, `iovec`, `sockaddr` and control data that recvmmsg(2) and sendmmsg(2) take.
 * The layout is 64-bit little-endian Linux's, the same with glibc and musl on x64 and arm64.
 */
import type { Libc, Pointer } from './libc.ts';

const HEADER_SIZE = 64;
const IOVEC_SIZE = 16;
const NAME_SIZE = 32;
const CONTROL_SIZE = 64;

/** Offsets in 32-bit words: of `mmsghdr` … */
const NAME_POINTER = 0;
const NAME_LENGTH = 2;
const IOVEC_POINTER = 4;
const IOVEC_COUNT = 6;
const CONTROL_POINTER = 8;
const CONTROL_LENGTH = 10;
const FLAGS = 12;
const MESSAGE_LENGTH = 14;
const HEADER_WORDS = HEADER_SIZE / 4;
/** … and of `iovec`. */
const DATA_LENGTH = 2;
const IOVEC_WORDS = IOVEC_SIZE / 4;

const MSG_TRUNC = 0x20;

export interface SlotShape {
  readonly count: number;
  /** Octets of one packet. */
  readonly size: number;
  /** 16 for an IPv4 sockaddr, 28 for IPv6. */
  readonly nameLength: number;
  /** Octets of control data received and sent with each packet; 0 for none. */
  readonly controlLength: number;
}

export class PacketSlots {
  readonly shape: SlotShape;
  /** The address of the first `mmsghdr`. */
  readonly headers: Pointer;
  readonly packets: readonly Uint8Array[];
  /** The `sockaddr` of each packet's sender, or receiver. */
  readonly names: readonly Uint8Array[];
  readonly controls: readonly Uint8Array[];
  /** All of this memory. Each packet begins at a word of it. */
  readonly words: Int32Array;
  readonly #headers: Uint32Array;
  readonly #iovecs: Uint32Array;
  readonly #firstWord: number;
  readonly #packetWords: number;

  constructor(shape: SlotShape, libc: Pick<Libc, 'addressOf'>) {
    const { count, size } = shape;
    const packetSize = Math.ceil(size / 64) * 64;
    const memory = new Uint8Array(new ArrayBuffer(count * (HEADER_SIZE + IOVEC_SIZE + NAME_SIZE + CONTROL_SIZE + packetSize)));
    const address = libc.addressOf(memory);
    const iovecs = count * HEADER_SIZE;
    const names = iovecs + count * IOVEC_SIZE;
    const controls = names + count * NAME_SIZE;
    const packets = controls + count * CONTROL_SIZE;
    const views = (start: number, stride: number, length: number): Uint8Array[] =>
      Array.from({ length: count }, (_, i) => memory.subarray(start + i * stride, start + i * stride + length));
    this.shape = shape;
    this.words = new Int32Array(memory.buffer);
    this.#firstWord = packets / 4;
    this.#packetWords = packetSize / 4;
    this.headers = address;
    this.packets = views(packets, packetSize, size);
    this.names = views(names, NAME_SIZE, shape.nameLength);
    this.controls = views(controls, CONTROL_SIZE, shape.controlLength);
    this.#headers = new Uint32Array(memory.buffer, 0, count * HEADER_WORDS);
    this.#iovecs = new Uint32Array(memory.buffer, iovecs, count * IOVEC_WORDS);
    for (let i = 0; i < count; i++) {
      this.#point(this.#headers, i * HEADER_WORDS + NAME_POINTER, address + names + i * NAME_SIZE);
      this.#point(this.#headers, i * HEADER_WORDS + IOVEC_POINTER, address + iovecs + i * IOVEC_SIZE);
      this.#headers[i * HEADER_WORDS + IOVEC_COUNT] = 1;
      if (shape.controlLength > 0) this.#point(this.#headers, i * HEADER_WORDS + CONTROL_POINTER, address + controls + i * CONTROL_SIZE);
      this.#point(this.#iovecs, i * IOVEC_WORDS, address + packets + i * packetSize);
    }
    this.clear(count);
  }

  /** Makes the first `count` slots ready to receive into: resets the lengths, which the kernel and `setLength` have overwritten. */
  clear(count: number): void {
    const { size, nameLength, controlLength } = this.shape;
    for (let i = 0; i < count; i++) {
      this.#headers[i * HEADER_WORDS + NAME_LENGTH] = nameLength;
      this.#headers[i * HEADER_WORDS + CONTROL_LENGTH] = controlLength;
      this.#iovecs[i * IOVEC_WORDS + DATA_LENGTH] = size;
    }
  }

  /** Where packet `i` begins in `words`. */
  wordAt(i: number): number {
    return this.#firstWord + i * this.#packetWords;
  }

  /** Octets received into slot `i`. */
  received(i: number): number {
    return this.#headers[i * HEADER_WORDS + MESSAGE_LENGTH]!;
  }

  /** Makes slot `i` one into which `length` octets were received. */
  setReceived(i: number, length: number): void {
    this.#headers[i * HEADER_WORDS + MESSAGE_LENGTH] = length;
    this.#headers[i * HEADER_WORDS + FLAGS] = 0;
  }

  /** Whether the packet was longer than its slot. */
  wasCut(i: number): boolean {
    return (this.#headers[i * HEADER_WORDS + FLAGS]! & MSG_TRUNC) !== 0;
  }

  /** Octets of control data that came with slot `i`. */
  controlReceived(i: number): number {
    return this.#headers[i * HEADER_WORDS + CONTROL_LENGTH]!;
  }

  /** Octets to send from slot `i`. */
  setLength(i: number, length: number): void {
    this.#iovecs[i * IOVEC_WORDS + DATA_LENGTH] = length;
  }

  /** Octets of control data to send with slot `i`. */
  setControlLength(i: number, length: number): void {
    this.#headers[i * HEADER_WORDS + CONTROL_LENGTH] = length;
  }

  /** The address of slot `i`'s `mmsghdr`. */
  headerAt(i: number): Pointer {
    return this.headers + i * HEADER_SIZE;
  }

  #point(words: Uint32Array, at: number, pointer: Pointer): void {
    words[at] = pointer % 0x1_0000_0000;
    words[at + 1] = Math.floor(pointer / 0x1_0000_0000);
  }
}
