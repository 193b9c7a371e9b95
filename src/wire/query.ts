/** Reads a query where it lies in its packet (RFC 1035 section 4.1, RFC 6891), and judges what no stage should have to. */
import { Opcode, Rcode, Type } from './iana.ts';
import { NOWHERE, type KnownNames } from './known-names.ts';
import { lowerOctet, MAX_LABEL, MAX_NAME, ROOT, type Name } from './name.ts';

export const HEADER_SIZE = 12;

export type Transport = 'udp' | 'tcp' | 'tls' | 'https';

export interface Client {
  /** 4 or 16 octets; an IPv4-mapped address is given as IPv4. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly transport: Transport;
}

/** The OPT record of a query (RFC 6891 section 6.1.2). */
export interface Edns {
  readonly version: number;
  /** What the client takes over UDP, octets, as it said: below 512 means 512. */
  readonly payloadSize: number;
  readonly dnssecOk: boolean;
  /** Where its options lie in the packet. */
  readonly optionsStart: number;
  readonly optionsEnd: number;
}

/** One question. It is read into the same object again and again: whoever answers later than the call takes a copy (`keepQuery`). */
export interface Query {
  readonly packet: Uint8Array;
  /** Octets of the packet that are the message. */
  readonly length: number;
  readonly name: Name;
  /** Where the name is known (known-names.ts): what a stage keeps at that place may be of this name, or of one that was there before; or NOWHERE. */
  readonly place: number;
  readonly type: number;
  readonly class: number;
  /** Offset behind the question: where an answer's body begins. */
  readonly questionEnd: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly edns: Edns | undefined;
  readonly client: Client;
  /** Clock.monotonic() when its batch was received, ms. */
  readonly receivedAt: number;
}

/**
 * What `read` says of a packet: a query; nothing to answer (a response, or too short); no question, which is right where a cookie is asked for
 * (RFC 7873 section 5.4); or the RCODE to answer with at once.
 */
export const READ = 0;
export const IGNORED = -1;
export const NO_QUESTION = -2;
export type Reading = number;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type WritableEdns = Writable<Edns>;

const scratch = Buffer.alloc(MAX_NAME);

/** Holds the one query that is read into again and again. */
export class QueryReader {
  readonly query: Writable<Query>;
  readonly #names: KnownNames | undefined;
  readonly #edns: WritableEdns = { version: 0, payloadSize: 512, dnssecOk: false, optionsStart: 0, optionsEnd: 0 };

  /** `names`: remembers what is asked; undefined: each name is made anew. */
  constructor(client: Client, names?: KnownNames) {
    this.#names = names;
    this.query = {
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

  /**
   * Reads `packet[0..length)`. After READ, and after an RCODE, `query` is filled as far as it was understood;
   * `questionEnd` is 12 where there is no question to give back. EDNS is looked for in what is refused too: it is answered so (RFC 6891 section 6.1.1).
   */
  read(packet: Uint8Array, length: number, client: Client, receivedAt: number): Reading {
    const query = this.query;
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
    // A response is never answered: two servers would talk for ever (RFC 1035 section 7.3).
    if (flags & 0x80) return IGNORED;
    query.recursionDesired = (flags & 0x01) !== 0;
    query.checkingDisabled = (packet[3]! & 0x10) !== 0;
    const questions = (packet[4]! << 8) | packet[5]!;
    if (((flags >> 3) & 0xf) !== Opcode.QUERY) {
      this.#readRecords(packet, length, skipQuestions(packet, length, questions));
      return Rcode.NOTIMP;
    }
    // RFC 9619: a query has exactly one question.
    if (questions !== 1) {
      const reading = this.#readRecords(packet, length, skipQuestions(packet, length, questions));
      return questions === 0 && reading === READ ? NO_QUESTION : Rcode.FORMERR;
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
      // No pointer: there is nothing in front of the question to point to.
      if (label > MAX_LABEL) return false;
      at += label;
    }
    if (at - HEADER_SIZE > MAX_NAME || at + 4 > length) return false;
    const place = this.#names?.find(packet, HEADER_SIZE, at) ?? NOWHERE;
    query.place = place;
    query.name = place === NOWHERE ? this.#newName(packet, at) : this.#names!.at(place);
    query.type = (packet[at]! << 8) | packet[at + 1]!;
    query.class = (packet[at + 2]! << 8) | packet[at + 3]!;
    query.questionEnd = at + 4;
    return true;
  }

  #newName(packet: Uint8Array, end: number): Name {
    // Length octets are below 64, so they are no letters.
    for (let at = HEADER_SIZE; at < end; at++) scratch[at - HEADER_SIZE] = lowerOctet(packet[at]!);
    const name = scratch.toString('latin1', 0, end - HEADER_SIZE) as Name;
    this.#names?.keep(name);
    return name;
  }

  /**
   * Walks what follows the questions, from `at` on, for the one OPT record; whatever else is there (a TSIG, an IXFR's SOA) is only checked for its
   * bounds. -1: the questions do not fit the message.
   */
  #readRecords(packet: Uint8Array, length: number, at: number): Reading {
    if (at === -1) return Rcode.FORMERR;
    const query = this.query;
    const additionals = (packet[10]! << 8) | packet[11]!;
    const records = (packet[6]! << 8) + packet[7]! + (packet[8]! << 8) + packet[9]! + additionals;
    for (let left = records; left > 0; left--) {
      const root = packet[at] === 0;
      at = skipName(packet, length, at);
      if (at === -1 || at + 10 > length) return Rcode.FORMERR;
      const type = (packet[at]! << 8) | packet[at + 1]!;
      const end = at + 10 + ((packet[at + 8]! << 8) | packet[at + 9]!);
      if (end > length) return Rcode.FORMERR;
      if (type === Type.OPT) {
        // RFC 6891 section 6.1.1: at most one, in the additional section, owned by the root.
        if (query.edns !== undefined || !root || left > additionals || !optionsFit(packet, at + 10, end)) return Rcode.FORMERR;
        const edns = this.#edns;
        edns.payloadSize = (packet[at + 2]! << 8) | packet[at + 3]!;
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

/** A copy that outlives the call it was handed to. */
export function keepQuery(query: Query): Query {
  return {
    ...query,
    packet: query.packet.slice(0, query.length),
    edns: query.edns && { ...query.edns },
    client: { ...query.client, address: query.client.address.slice() },
  };
}

/** Where the data of EDNS option `code` lies, as [start, end); undefined when the query has none. */
export function ednsOption(query: Query, code: number): readonly [start: number, end: number] | undefined {
  if (query.edns === undefined) return undefined;
  const { packet } = query;
  for (let at = query.edns.optionsStart; at < query.edns.optionsEnd;) {
    const start = at + 4;
    const end = start + ((packet[at + 2]! << 8) | packet[at + 3]!);
    if (((packet[at]! << 8) | packet[at + 1]!) === code) return [start, end];
    at = end;
  }
  return undefined;
}

function optionsFit(packet: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (at + 4 > end) return false;
    at += 4 + ((packet[at + 2]! << 8) | packet[at + 3]!);
  }
  return at === end;
}

/** Offset behind `count` questions, or -1. */
function skipQuestions(packet: Uint8Array, length: number, count: number): number {
  let at = HEADER_SIZE;
  for (let left = count; left > 0; left--) {
    at = skipName(packet, length, at);
    if (at === -1 || at + 4 > length) return -1;
    at += 4;
  }
  return at;
}

/** Offset behind the name at `at`, or -1. Compression is allowed, and not followed. */
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
