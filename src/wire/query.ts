/** Parses queries in place in their packets (RFC 1035 section 4.1, RFC 6891), and rejects those that no stage should see. */
import { Opcode, Rcode, Type } from './iana.ts';
import { uint16At } from './integers.ts';
import { NOWHERE, type KnownNames } from './known-names.ts';
import { lowerOctet, MAX_LABEL, MAX_NAME, ROOT, type Name } from './name.ts';

export const HEADER_SIZE = 12;
/** Octets of the longest message (RFC 1035 section 4.2.2). */
export const MAX_MESSAGE = 65_535;

export type Transport = 'udp' | 'tcp' | 'tls' | 'https';

export interface Client {
  /** 4 or 16 octets; an IPv4-mapped IPv6 address as its 4 IPv4 octets. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly transport: Transport;
}

/** The OPT record of a query (RFC 6891 section 6.1.2). */
export interface Edns {
  readonly version: number;
  /** Largest UDP response the client accepts, octets, as sent: below 512 means 512. */
  readonly payloadSize: number;
  readonly dnssecOk: boolean;
  /** Offsets of its options in the packet. */
  readonly optionsStart: number;
  readonly optionsEnd: number;
}

/** A query. One object is reused for all of them, so a handler that answers after its call returns keeps a copy (`keepQuery`). */
export interface Query {
  readonly packet: Uint8Array;
  /** Length of the message in the packet, octets. */
  readonly length: number;
  readonly name: Name;
  /** The name's place (known-names.ts) or NOWHERE. What a stage keeps by place may belong to a name that was there before. */
  readonly place: number;
  readonly type: number;
  readonly class: number;
  /** Offset after the question section, at which an answer's body begins. */
  readonly questionEnd: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly edns: Edns | undefined;
  readonly client: Client;
  /** Clock.monotonic() when the batch with this query was received, ms. */
  readonly receivedAt: number;
}

/**
 * The result of `read`: a query; nothing to answer (a response, or too short); a query without a question, which is valid for requesting a cookie
 * (RFC 7873 section 5.4); or the RCODE to answer with at once.
 */
export const READ = 0;
export const IGNORED = -1;
export const NO_QUESTION = -2;
export type Reading = number;

export type Writable<T> = { -readonly [K in keyof T]: T[K] };
type WritableEdns = Writable<Edns>;

const scratch = Buffer.alloc(MAX_NAME);

/** Reads every query into the same object. */
export class QueryReader {
  readonly query: Writable<Query>;
  readonly #names: KnownNames | undefined;
  readonly #edns: WritableEdns = { version: 0, payloadSize: 512, dnssecOk: false, optionsStart: 0, optionsEnd: 0 };

  /** `names`: caches queried names; without it, each query makes its own string. */
  constructor(client: Client, names?: KnownNames) {
    this.#names = names;
    this.query = emptyQuery(client);
  }

  /**
   * Reads `packet[0..length)`. After READ, NO_QUESTION or an RCODE, `query` is filled as far as it was understood; `questionEnd` is 12 if there is no
   * question to return. EDNS is read from most rejected queries too, since their responses must have an OPT record (RFC 6891 section 6.1.1).
   */
  read(packet: Uint8Array, length: number, client: Client, receivedAt: number): Reading {
    const query = this.query;
    lastKept = undefined;
    query.packet = packet;
    query.length = length;
    query.client = client;
    query.receivedAt = receivedAt;
    query.questionEnd = HEADER_SIZE;
    query.edns = undefined;
    query.name = ROOT;
    query.place = NOWHERE;
    query.type = query.class = 0;
    if (length < HEADER_SIZE) return IGNORED;
    const flags = packet[2]!;
    // A response is never answered: two servers would answer each other for ever (RFC 1035 section 7.3).
    if (flags & 0x80) return IGNORED;
    query.recursionDesired = (flags & 0x01) !== 0;
    query.checkingDisabled = (packet[3]! & 0x10) !== 0;
    const questions = uint16At(packet, 4);
    if (((flags >> 3) & 0xf) !== Opcode.QUERY) {
      this.#readRecords(packet, length, skipQuestions(packet, length, questions));
      return Rcode.NOTIMP;
    }
    // RFC 9619: a query has exactly one question.
    if (questions !== 1) {
      const reading = this.#readRecords(packet, length, skipQuestions(packet, length, questions));
      if (questions !== 0) return Rcode.FORMERR;
      return reading === READ ? NO_QUESTION : reading;
    }
    if (!this.#readQuestion(packet, length)) return Rcode.FORMERR;
    return this.#readRecords(packet, length, query.questionEnd);
  }

  #readQuestion(packet: Uint8Array, length: number): boolean {
    const query = this.query;
    let at = HEADER_SIZE;
    for (;;) {
      if (at >= length) return false;
      const label = packet[at]!;
      at++;
      if (label === 0) break;
      // Compression pointers are refused: there is no name before the question to point to.
      if (label > MAX_LABEL) return false;
      at += label;
    }
    if (at - HEADER_SIZE > MAX_NAME || at + 4 > length) return false;
    const place = this.#names?.find(packet, HEADER_SIZE, at) ?? NOWHERE;
    query.place = place;
    query.name = place === NOWHERE ? this.#newName(packet, at) : this.#names!.at(place);
    query.type = uint16At(packet, at);
    query.class = uint16At(packet, at + 2);
    query.questionEnd = at + 4;
    return true;
  }

  #newName(packet: Uint8Array, end: number): Name {
    // Length octets are at most 63, so lowercasing leaves them alone.
    for (let at = HEADER_SIZE; at < end; at++) scratch[at - HEADER_SIZE] = lowerOctet(packet[at]!);
    const name = scratch.toString('latin1', 0, end - HEADER_SIZE) as Name;
    this.#names?.keep(name);
    return name;
  }

  /**
   * Searches the records after the questions, from offset `at` on, for the OPT record; of others (a TSIG, an IXFR's SOA) only the bounds are
   * checked. `at` of -1: the questions exceed the message.
   */
  #readRecords(packet: Uint8Array, length: number, at: number): Reading {
    if (at === -1) return Rcode.FORMERR;
    const query = this.query;
    const additionals = uint16At(packet, 10);
    const records = (packet[6]! << 8) + packet[7]! + (packet[8]! << 8) + packet[9]! + additionals;
    for (let left = records; left > 0; left--) {
      const root = packet[at] === 0;
      at = skipName(packet, length, at);
      if (at === -1 || at + 10 > length) return Rcode.FORMERR;
      const type = uint16At(packet, at);
      const end = at + 10 + uint16At(packet, at + 8);
      if (end > length) return Rcode.FORMERR;
      if (type === Type.OPT) {
        // RFC 6891 section 6.1.1: at most one, in the additional section, owned by the root.
        if (query.edns !== undefined || !root || left > additionals || !optionsFit(packet, at + 10, end)) return Rcode.FORMERR;
        const edns = this.#edns;
        edns.payloadSize = uint16At(packet, at + 2);
        edns.version = packet[at + 5]!;
        edns.dnssecOk = (packet[at + 6]! & 0x80) !== 0;
        edns.optionsStart = at + 10;
        edns.optionsEnd = end;
        query.edns = edns;
      }
      at = end;
    }
    if (at !== length) return Rcode.FORMERR;
    return query.edns !== undefined && query.edns.version !== 0 ? Rcode.BADVERS : READ;
  }
}

/** Returns a query to be filled with one after the other, for code on the path of every query. */
export function emptyQuery(client: Client): Writable<Query> {
  return {
    packet: new Uint8Array(0),
    length: 0,
    name: ROOT,
    place: NOWHERE,
    type: 0,
    class: 0,
    questionEnd: HEADER_SIZE,
    recursionDesired: false,
    checkingDisabled: false,
    edns: undefined,
    client,
    receivedAt: 0,
  };
}

/** The query kept last and its copy, which several stages need. Only until the next one is read, since that takes the same object. */
let lastKept: Query | undefined;
let lastCopy: Query | undefined;

/** Returns a copy that stays valid when the next query is read. */
export function keepQuery(query: Query): Query {
  if (lastKept !== query || lastCopy === undefined) {
    lastKept = query;
    lastCopy = copyOf(query);
  }
  return lastCopy;
}

function copyOf(query: Query): Query {
  return {
    ...query,
    packet: query.packet.slice(0, query.length),
    edns: query.edns && { ...query.edns },
    client: { ...query.client, address: query.client.address.slice() },
  };
}

/** Returns the range of the data of EDNS option `code` in the packet, [start, end); undefined if the query does not have it. */
export function ednsOption(query: Query, code: number): readonly [start: number, end: number] | undefined {
  if (query.edns === undefined) return undefined;
  const { packet } = query;
  for (let at = query.edns.optionsStart; at < query.edns.optionsEnd;) {
    const start = at + 4;
    const end = start + uint16At(packet, at + 2);
    if (uint16At(packet, at) === code) return [start, end];
    at = end;
  }
  return undefined;
}

function optionsFit(packet: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (at + 4 > end) return false;
    at += 4 + uint16At(packet, at + 2);
  }
  return at === end;
}

/** Returns the offset after `count` questions, or -1. */
function skipQuestions(packet: Uint8Array, length: number, count: number): number {
  let at = HEADER_SIZE;
  for (let left = count; left > 0; left--) {
    at = skipName(packet, length, at);
    if (at === -1 || at + 4 > length) return -1;
    at += 4;
  }
  return at;
}

/** Returns the offset after the name at `at`, or -1. A compression pointer is accepted but not followed. */
function skipName(packet: Uint8Array, length: number, at: number): number {
  while (at < length) {
    const label = packet[at]!;
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2 <= length ? at + 2 : -1;
    if (label > MAX_LABEL) return -1;
    at += 1 + label;
  }
  return -1;
}
