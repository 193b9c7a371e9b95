/** One query and its answer as a record of the ring, from which the query log, the top lists and the exemplars are made. */
import { sourceNames, type Answer } from '../wire/answer.ts';
import { uint16At } from '../wire/integers.ts';
import { HEADER_SIZE, type Query } from '../wire/query.ts';
import { dimensions, protoIndex } from './dimensions.ts';
import type { QueryRing } from './query-ring.ts';

/** What a record is for, as bits: the log. */
export const TO_LOG = 1;
/** For the log if it turns out slow. */
export const TO_LOG_IF_SLOW = 2;
export const TO_TOP = 4;
/** No purpose, but a property: its answer waited for an upstream. */
export const LATE = 8;

/*
 * Offsets, octets:  0 length · 4 purpose, proto, source, DO, octets of the address · 8 received at, ms · 16 duration, ms · 24 port, id ·
 * 28 size of the query and the response · 32 RCODE and payload size · 36 flags of the response and the name's length · 40 type and class ·
 * 44 address · 60 name as asked
 */
const ADDRESS = 44;
const NAME = 60;

/** Writes all of a record except its duration. Returns its offset, or -1 when the ring is full. */
export function writeRecord(ring: QueryRing, purpose: number, query: Query, answer: Answer, size: number, response: Uint8Array): number {
  const { packet, questionEnd, client, edns } = query;
  const nameLength = questionEnd === HEADER_SIZE ? 0 : questionEnd - HEADER_SIZE - 4;
  const offset = ring.claim((NAME + nameLength + 7) & ~7);
  if (offset === -1) return -1;
  const { words, octets } = ring;
  const { address } = client;
  const word = offset >> 2;
  const dnssecOk = edns?.dnssecOk === true ? 1 : 0;
  words[word + 1] = purpose | (protoIndex(client.transport) << 8) | (answer.source << 12) | (dnssecOk << 16) | (address.length << 24);
  ring.doubles[(offset >> 3) + 1] = query.receivedAt;
  words[word + 6] = client.port | (uint16At(packet, 0) << 16);
  words[word + 7] = query.length | (size << 16);
  words[word + 8] = answer.rcode | ((edns?.payloadSize ?? 0) << 16);
  words[word + 9] = uint16At(response, 2) | (nameLength << 16);
  words[word + 10] = query.type | (query.class << 16);
  for (let i = 0; i < address.length; i++) octets[offset + ADDRESS + i] = address[i]!;
  for (let i = 0; i < nameLength; i++) octets[offset + NAME + i] = packet[HEADER_SIZE + i]!;
  return offset;
}

export function setDuration(ring: QueryRing, offset: number, milliseconds: number): void {
  ring.doubles[(offset >> 3) + 2] = milliseconds;
}

/** A view of a record in its ring; each property is read when accessed. */
export class RecordView {
  #ring: QueryRing;
  #offset = 0;

  constructor(ring: QueryRing) {
    this.#ring = ring;
  }

  at(ring: QueryRing, offset: number): this {
    this.#ring = ring;
    this.#offset = offset;
    return this;
  }

  get purpose(): number {
    return this.#word(1) & 0xff;
  }
  get isLate(): boolean {
    return (this.purpose & LATE) !== 0;
  }
  /** Index in dimensions.proto. */
  get proto(): number {
    return (this.#word(1) >> 8) & 0xf;
  }
  get protoName(): string {
    return dimensions.proto[this.proto]!;
  }
  get sourceName(): string {
    return sourceNames[(this.#word(1) >> 12) & 0xf]!;
  }
  get dnssecOk(): boolean {
    return ((this.#word(1) >> 16) & 1) === 1;
  }
  /** ms since 1970. */
  get time(): number {
    return this.#ring.doubles[(this.#offset >> 3) + 1]! + this.#ring.origin;
  }
  /** ms. */
  get duration(): number {
    return this.#ring.doubles[(this.#offset >> 3) + 2]!;
  }
  get port(): number {
    return this.#word(6) & 0xffff;
  }
  get id(): number {
    return this.#word(6) >>> 16;
  }
  /** Octets. */
  get querySize(): number {
    return this.#word(7) & 0xffff;
  }
  get responseSize(): number {
    return this.#word(7) >>> 16;
  }
  get rcode(): number {
    return this.#word(8) & 0xffff;
  }
  /** The UDP payload size that the client announced; 0 without EDNS. */
  get payloadSize(): number {
    return this.#word(8) >>> 16;
  }
  /** The second 16 bits of the response's header (RFC 1035 section 4.1.1). */
  get flags(): number {
    return this.#word(9) & 0xffff;
  }
  get type(): number {
    return this.#word(10) & 0xffff;
  }
  get class(): number {
    return this.#word(10) >>> 16;
  }
  /** One number for type, class, RCODE, flags, proto and source together; -1 for classes above 255, which are not in use. */
  get kind(): number {
    const first = this.#word(1) >> 8;
    const { flags } = this;
    const few = (first & 0x3) | ((first >> 2) & 0x1c) | ((flags & 0xb0) << 1) | ((flags & 0x700) << 2) | (this.rcode << 13);
    return this.class > 0xff ? -1 : few + this.class * 2 ** 25 + this.type * 2 ** 33;
  }
  /** 4 or 16 octets, valid only until the next record is read. */
  get address(): Uint8Array {
    const start = this.#offset + ADDRESS;
    return this.#ring.octets.subarray(start, start + this.addressLength);
  }
  get addressLength(): number {
    return this.#word(1) >>> 24;
  }
  /** Where the address and the wire form of the name begin in `octets`. */
  get addressAt(): number {
    return this.#offset + ADDRESS;
  }
  get nameAt(): number {
    return this.#offset + NAME;
  }
  get nameLength(): number {
    return this.#word(9) >>> 16;
  }
  get octets(): Buffer {
    return this.#ring.octets;
  }

  #word(index: number): number {
    return this.#ring.words[(this.#offset >> 2) + index]!;
  }
}
