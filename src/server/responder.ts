/** Turns a packet into a response: reads the query, calls the handler, writes the answer. The only place where an error becomes an RCODE. */
import type { Clock } from '../clock.ts';
import type { Handler } from '../query/handler.ts';
import { emptyAnswer, optSize, padResponse, Source, writeResponse, type Answer, type Form } from '../wire/answer.ts';
import { EdnsOption, Rcode } from '../wire/iana.ts';
import { KnownNames } from '../wire/known-names.ts';
import { ednsOption, IGNORED, keepQuery, MAX_MESSAGE, NO_QUESTION, QueryReader, READ, type Query } from '../wire/query.ts';
import type { Respond } from './listener.ts';

/** Called for every packet. `query` and the response are valid only during the call. */
export interface ResponderObserver {
  /** Answered inside the call with `response[0..size)`. */
  responded(query: Query, answer: Answer, size: number, response: Uint8Array): void;
  /** Answered later, `elapsed` ms after its batch was received. */
  late(query: Query, answer: Answer, size: number, elapsed: number, response: Uint8Array): void;
  /** Nothing was sent: a stage decided so, or the packet was not a query. */
  dropped(query: Query | undefined): void;
  /** A stage threw or rejected, or its answer could not be written: the client gets SERVFAIL. */
  failed(error: unknown, query: Query): void;
}

export interface ResponderOptions {
  readonly clock: Clock;
  readonly observer: ResponderObserver;
  /** Octets, 512..4096: what we advertise and the most we send over UDP (1232: fits any IPv6 path unfragmented). */
  readonly udpPayload: number;
  /** Sent to clients that ask with the NSID option (RFC 5001); undefined: not sent. */
  readonly nsid: string | undefined;
  /** The server's half of DNS cookies (RFC 7873); undefined: none. */
  readonly cookie: ((query: Query) => CookieOption) | undefined;
  /** Rate limit for answers that no stage gave (FORMERR, NOTIMP, BADVERS, BADCOOKIE): errors can be reflected too. Omitted: no limit. */
  readonly limit?: (query: Query, answer: Answer) => ReturnType<Handler>;
}

/** `answer` is sent instead of calling the handler (a malformed or missing cookie); `option` goes into the response. */
export interface CookieOption {
  readonly option?: Uint8Array | undefined;
  readonly answer?: Answer | undefined;
}

/** RFC 8467 section 4.1: responses are padded to a multiple of this. */
const PADDING_BLOCK = 468;

/** 2^32 divided by the golden ratio. With steps of one, a client that asks in pairs (A, AAAA) would always see the same half of the addresses. */
export const GOLDEN = 0x9e3779b9;

const servfail = emptyAnswer(Rcode.SERVFAIL, Source.server);
const formerr = emptyAnswer(Rcode.FORMERR, Source.server);
const refusals = [formerr, ...[Rcode.NOTIMP, Rcode.BADVERS].map((rcode) => emptyAnswer(rcode, Source.server))];

export function responder(handler: Handler, options: ResponderOptions): Respond {
  return new Responder(handler, options).respond;
}

type Later = (response: Uint8Array) => void;

class Responder {
  readonly #handler: Handler;
  readonly #options: ResponderOptions;
  readonly #limit: NonNullable<ResponderOptions['limit']>;
  readonly #nsid: Uint8Array | undefined;
  readonly #reader = new QueryReader({ address: new Uint8Array(4), port: 0, transport: 'udp' }, new KnownNames());
  readonly #form: { -readonly [K in keyof Form]: Form[K] };
  /** For late answers over UDP: with a buffer of this size for each, it would be most of the memory of a forwarded question. */
  readonly #scratch: Uint8Array;
  #turn = 0;
  /** What was written last: SERVFAIL, if the answer could not be. */
  #written = servfail;

  constructor(handler: Handler, options: ResponderOptions) {
    const { udpPayload, nsid, limit = unlimited } = options;
    this.#handler = handler;
    this.#options = options;
    this.#limit = limit;
    this.#nsid = nsid === undefined ? undefined : encodeOption(EdnsOption.NSID, Buffer.from(nsid));
    this.#form = { limit: 512, payloadSize: udpPayload, rotation: 0, now: 0, options: undefined, recursionAvailable: true };
    this.#scratch = new Uint8Array(udpPayload);
  }

  readonly respond: Respond = (packet, length, client, receivedAt, target, later) => {
    const { observer } = this.#options;
    const reading = this.#reader.read(packet, length, client, receivedAt);
    const query = this.#reader.query;
    if (reading === IGNORED) {
      observer.dropped(undefined);
      return 0;
    }
    let ednsOptions: Uint8Array | undefined;
    let known = reading === READ ? undefined : refusalOf(reading);
    // Options are searched only if the client sent any.
    if (query.edns !== undefined && query.edns.optionsEnd > query.edns.optionsStart) {
      const cookie = this.#options.cookie?.(query);
      ednsOptions = cookie?.option;
      if (this.#nsid !== undefined && ednsOption(query, EdnsOption.NSID) !== undefined) {
        ednsOptions = ednsOptions === undefined ? this.#nsid : Buffer.concat([ednsOptions, this.#nsid]);
      }
      if (reading === READ || reading === NO_QUESTION) known = cookie?.answer ?? known;
    }
    const outcome = this.#ask(query, known);
    if (outcome === undefined) {
      observer.dropped(query);
      return 0;
    }
    if (outcome instanceof Promise) {
      this.#answerLater(keepQuery(query), outcome, ednsOptions, later);
      return -1;
    }
    const size = this.#write(query, outcome, target, receivedAt, ednsOptions);
    observer.responded(query, this.#written, size, target);
    return size;
  };

  /** `known`: the answer when no stage needs to be called. */
  #ask(query: Query, known: Answer | undefined): ReturnType<Handler> {
    try {
      return known === undefined ? this.#handler(query) : this.#limit(query, known);
    } catch (error) {
      this.#options.observer.failed(error, query);
      return servfail;
    }
  }

  #answerLater(query: Query, promise: Promise<Answer | undefined>, ednsOptions: Uint8Array | undefined, later: Later): void {
    const { clock, observer } = this.#options;
    const send = (answer: Answer | undefined): void => {
      if (answer === undefined) {
        observer.dropped(query);
        later(new Uint8Array(0));
        return;
      }
      const now = clock.monotonic();
      const target = this.#roomFor(query, answer);
      const size = this.#write(query, answer, target, now, ednsOptions);
      later(target.subarray(0, size));
      observer.late(query, this.#written, size, now - query.receivedAt, target);
    };
    promise.then(send, (error: unknown) => {
      observer.failed(error, query);
      send(servfail);
    });
  }

  #roomFor(query: Query, answer: Answer): Uint8Array {
    if (query.client.transport === 'udp') return this.#scratch;
    // The question, the body, OPT with its options, and padding.
    return new Uint8Array(Math.min(MAX_MESSAGE, query.questionEnd + answer.body.length + 1024));
  }

  /** Whatever may be wrong with an answer, its query must not end the thread: the client would ask again. */
  #write(query: Query, answer: Answer, target: Uint8Array, now: number, ednsOptions: Uint8Array | undefined): number {
    try {
      this.#written = answer;
      return this.#writeAnswer(query, answer, target, now, ednsOptions);
    } catch (error) {
      this.#options.observer.failed(error, query);
      this.#written = servfail;
      return this.#writeAnswer(query, servfail, target, now, ednsOptions);
    }
  }

  #writeAnswer(query: Query, answer: Answer, target: Uint8Array, now: number, ednsOptions: Uint8Array | undefined): number {
    const { transport } = query.client;
    const form = this.#form;
    form.limit = transport === 'udp' ? udpLimit(query, this.#options.udpPayload) : MAX_MESSAGE;
    this.#turn = (this.#turn + GOLDEN) >>> 0;
    form.rotation = this.#turn >>> 8;
    form.now = now;
    form.options = ednsOptions;
    const size = writeResponse(query, answer, target, form);
    const encrypted = transport === 'tls' || transport === 'https';
    return encrypted && query.edns !== undefined ? padResponse(target, size, optSize(query, answer, form), PADDING_BLOCK) : size;
  }
}

const unlimited = (_query: Query, answer: Answer): Answer => answer;

function refusalOf(reading: number): Answer {
  return reading === NO_QUESTION ? formerr : (refusals.find(({ rcode }) => rcode === reading) ?? servfail);
}

/** A payload size below 512 counts as 512 (RFC 6891 section 6.2.3), and so does a query without EDNS (RFC 1035 section 4.2.1). */
function udpLimit(query: Query, most: number): number {
  const said = query.edns?.payloadSize ?? 512;
  return said <= 512 ? 512 : said < most ? said : most;
}

function encodeOption(code: number, data: Uint8Array): Uint8Array {
  const option = Buffer.alloc(4 + data.length);
  option.writeUInt16BE(code, 0);
  option.writeUInt16BE(data.length, 2);
  option.set(data, 4);
  return option;
}
