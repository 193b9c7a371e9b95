/**
 * An answer as bytes: everything behind the question section, built once; and the writer that copies it behind a query's own question (RFC 1035,
 * RFC 6891, RFC 8914).
 */
import { EdnsOption } from './iana.ts';
import { uint32At, writeUint16, writeUint32 } from './integers.ts';
import { nameEnd, type Name } from './name.ts';
import { HEADER_SIZE, type Query } from './query.ts';

/** Where an answer came from; the numbers index `sourceNames`, the metric's label values. */
export const Source = { zone: 0, cache: 1, stale: 2, forward: 3, policy: 4, server: 5, hosts: 6 } as const;
export type Source = (typeof Source)[keyof typeof Source];
export const sourceNames: readonly (keyof typeof Source)[] = ['zone', 'cache', 'stale', 'forward', 'policy', 'server', 'hosts'];

/**
 * Everything behind the question section, shared by all queries it answers. Compression pointers lead into the question or, in an upstream's
 * answer, into the body, whose offset depends only on the name's length; so the body is valid behind the name in any letter case.
 */
export interface Answer {
  /** Extended RCODE (RFC 6891 section 6.1.3). */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly body: Uint8Array;
  /** Records in each section of the body. */
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
  /** The offset in the body at which each record ends; the last is the body's length. */
  readonly ends: ArrayLike<number>;
  /**
   * How many records at the end of the answer section may be sent in any cyclic order: they are one RRset and no compression pointer leads into
   * them. 0 or 1: keep the order.
   */
  readonly rotating: number;
  /** Set for an upstream's answer: its TTLs count down from `since` (Clock.monotonic(), ms). `ttlOffsets`: of the TTL fields in the body. */
  readonly ageing?: { readonly since: number; readonly ttlOffsets: ArrayLike<number> } | undefined;
  readonly extendedError?: { readonly code: number; readonly text: string } | undefined;
  /** The upstream's AD bit, passed to clients that query with DO or AD. */
  readonly authenticData?: boolean | undefined;
  /** Ends with a CNAME whose target is outside the zones of whoever gave the answer, so it still has to be looked up (query/aliases.ts). */
  readonly leadsOn?: boolean | undefined;
  /** Set TC even if everything fits, so that the client retries over TCP. */
  readonly truncated?: boolean | undefined;
  readonly source: Source;
  /** The apex of the local zone the answer comes from. */
  readonly zone?: Name | undefined;
}

/** Returns an answer without records. */
export function emptyAnswer(rcode: number, source: Source, extendedError?: { code: number; text: string }): Answer {
  return { ...EMPTY, rcode, source, extendedError };
}

const EMPTY = { authoritative: false, body: new Uint8Array(0), answers: 0, authorities: 0, additionals: 0, ends: [], rotating: 0 };

/** The properties of one response that depend on the server and the client rather than on the answer. */
export interface Form {
  /** Largest response, octets: the smaller of the client's payload size and ours over UDP, 65535 over a stream. */
  readonly limit: number;
  /** Our own UDP payload size, sent in OPT. */
  readonly payloadSize: number;
  /** How far to rotate the records that may be rotated; any non-negative integer. */
  readonly rotation: number;
  /** Clock.monotonic(), ms. */
  readonly now: number;
  /** Further EDNS options, encoded (NSID, cookie, padding); sent only to a query with EDNS. */
  readonly options: Uint8Array | undefined;
  readonly recursionAvailable: boolean;
}

const OPT_SIZE = 11;

/**
 * Writes the response to `query` into `target` (which may be the query's own packet) and returns its length. Records that do not fit are left
 * out whole: additional records silently, others with TC set (RFC 2181 section 9). `target` must hold `form.limit` octets.
 */
export function writeResponse(query: Query, answer: Answer, target: Uint8Array, form: Form): number {
  const { questionEnd, edns, packet } = query;
  if (target !== packet) for (let i = 0; i < questionEnd; i++) target[i] = packet[i]!;
  // Read the client's flags before the response overwrites them in place.
  const asked = packet[3]!;
  const error = fittingError(query, answer, form);
  const optionsSize = edns === undefined ? 0 : sizeOfOpt(form.options, error);
  const room = form.limit - questionEnd - optionsSize;
  const total = answer.answers + answer.authorities + answer.additionals;
  let kept = total;
  let end = questionEnd;
  if (total > 0) {
    if (answer.body.length <= room) end = copyBody(answer, target, questionEnd, form.rotation);
    else [kept, end] = copyWhatFits(answer, target, questionEnd, form.rotation, room);
    if (answer.ageing !== undefined && kept > 0) age(answer, target, questionEnd, end, form.now);
  }
  const wanted = answer.answers + answer.authorities;
  const truncated = kept < wanted || answer.truncated === true;
  target[2] = 0x80 | (target[2]! & 0x79) | (answer.authoritative ? 0x04 : 0) | (truncated ? 0x02 : 0);
  // AD is set only for clients that ask for it (RFC 6840 section 5.7); CD is copied from the query (RFC 4035 section 3.1.6).
  const authentic = answer.authenticData === true && ((asked & 0x20) !== 0 || edns?.dnssecOk === true);
  target[3] = (form.recursionAvailable ? 0x80 : 0) | (authentic ? 0x20 : 0) | (asked & 0x10) | (answer.rcode & 0x0f);
  target[4] = 0;
  target[5] = questionEnd === HEADER_SIZE ? 0 : 1;
  const answers = Math.min(kept, answer.answers);
  const authorities = Math.min(kept - answers, answer.authorities);
  const additionals = kept - answers - authorities + (edns === undefined ? 0 : 1);
  writeUint16(target, 6, answers);
  writeUint16(target, 8, authorities);
  writeUint16(target, 10, additionals);
  if (edns === undefined) return end;
  writeOpt(target, end, answer.rcode, edns.dnssecOk, form);
  writeUint16(target, end + OPT_SIZE - 2, optionsSize - OPT_SIZE);
  if (error !== undefined) writeExtendedError(error, target, end + optionsSize);
  return end + optionsSize;
}

/** Returns the whole seconds that the TTLs have counted down; 0 if they do not. */
export function ageOf({ ageing }: Answer, now: number): number {
  return ageing === undefined ? 0 : Math.max(0, Math.floor((now - ageing.since) / 1000));
}

/** Returns the size in octets of the OPT record, the last record of a response to a query with EDNS. */
export function optSize(query: Query, answer: Answer, form: Form): number {
  return sizeOfOpt(form.options, fittingError(query, answer, form));
}

/**
 * Returns the extended error unless a record or another option would give way to it. TC is not set for it, as RFC 8914 section 3 suggests: a retry over
 * TCP would gain a text for people.
 */
function fittingError({ questionEnd }: Query, { body, extendedError }: Answer, { limit, options }: Form): Answer['extendedError'] {
  if (extendedError === undefined) return undefined;
  return questionEnd + body.length + sizeOfOpt(options, extendedError) > limit ? undefined : extendedError;
}

function sizeOfOpt(options: Form['options'], error: Answer['extendedError']): number {
  return OPT_SIZE + (options?.length ?? 0) + (error === undefined ? 0 : 6 + error.text.length);
}

/** Pads the response to a multiple of `block` octets with a padding option (RFC 7830) in its final OPT record. Returns the new length. */
export function padResponse(target: Uint8Array, length: number, optLength: number, block: number): number {
  const padding = (block - ((length + 4) % block)) % block;
  const end = length + 4 + padding;
  if (end > target.length) return length;
  const at = length - optLength + OPT_SIZE - 2;
  writeUint16(target, at, optLength - OPT_SIZE + 4 + padding);
  writeUint16(target, length, EdnsOption.PADDING);
  writeUint16(target, length + 2, padding);
  target.fill(0, length + 4, end);
  return end;
}

/** Copies all records, rotating those that may be by `rotation`. Returns the offset after them. */
function copyBody(answer: Answer, target: Uint8Array, offset: number, rotation: number): number {
  const { body, ends, answers, rotating } = answer;
  const turn = rotating > 1 ? rotation % rotating : 0;
  if (turn === 0) return copy(body, 0, body.length, target, offset);
  const from = answers - rotating;
  const start = from === 0 ? 0 : ends[from - 1]!;
  const first = ends[from + turn - 1]!;
  const last = ends[answers - 1]!;
  offset = copy(body, 0, start, target, offset);
  offset = copy(body, first, last, target, offset);
  offset = copy(body, start, first, target, offset);
  return copy(body, last, body.length, target, offset);
}

/** Copies record by record until one does not fit. Returns how many were copied, and the offset after them. */
function copyWhatFits(answer: Answer, target: Uint8Array, offset: number, rotation: number, room: number): [kept: number, end: number] {
  const { body, ends, answers, rotating } = answer;
  const total = answers + answer.authorities + answer.additionals;
  const turn = rotating > 1 ? rotation % rotating : 0;
  const from = answers - rotating;
  const base = offset;
  const limit = offset + room;
  let kept = 0;
  for (; kept < total; kept++) {
    const index = kept >= from && kept < answers ? from + ((kept - from + turn) % rotating) : kept;
    const start = index === 0 ? 0 : ends[index - 1]!;
    if (offset + ends[index]! - start > limit) break;
    offset = copy(body, start, ends[index]!, target, offset);
  }
  // If this cuts the answer or authority section, TC is set. Pointers lead backwards, so no record that was copied needs one that was not.
  const additional = answers + answer.authorities;
  while (kept > additional && kept < total && areOfOneRRset(answer, kept - 1, kept, base)) {
    kept--;
    offset -= ends[kept]! - ends[kept - 1]!;
  }
  return [kept, offset];
}

/** Whether two records have the same type and owner, so that one is not sent without the other in the additional section (RFC 2181 section 9). */
function areOfOneRRset({ body, ends }: Answer, first: number, second: number, base: number): boolean {
  let a = first === 0 ? 0 : ends[first - 1]!;
  let b = ends[second - 1]!;
  const ownerOfA = ownerPlace(body, a, base);
  const isSamePlace = ownerOfA === ownerPlace(body, b, base);
  const endOfA = nameEnd(body, a);
  const endOfB = nameEnd(body, b);
  if (body[endOfA] !== body[endOfB] || body[endOfA + 1] !== body[endOfB + 1]) return false;
  if (isSamePlace) return true;
  if (endOfA - a !== endOfB - b) return false;
  while (a < endOfA) if (body[a++] !== body[b++]) return false;
  return true;
}

/** Where in the message an owner is written: a pointer's target, or where it is itself. */
function ownerPlace(body: Uint8Array, at: number, base: number): number {
  return body[at]! >= 0xc0 ? ((body[at]! & 0x3f) << 8) | body[at + 1]! : base + at;
}

/** Copies up to 48 octets in a loop, more by a call, which costs as much as about fifty octets. Neither makes garbage, as `subarray` would. */
function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): number {
  const size = end - start;
  if (size > 48) (Buffer.prototype as Buffer).copy.call(source, target, offset, start, end);
  else for (let i = 0; i < size; i++) target[offset + i] = source[start + i]!;
  return offset + size;
}

/** Subtracts the seconds since `since` from each TTL, down to 0. Records that rotate have equal sizes, so the TTL offsets hold in any order. */
function age(answer: Answer, target: Uint8Array, offset: number, end: number, now: number): void {
  const { ttlOffsets } = answer.ageing!;
  const seconds = ageOf(answer, now);
  if (seconds === 0) return;
  for (let i = 0; i < ttlOffsets.length; i++) {
    const at = offset + ttlOffsets[i]!;
    if (at + 4 > end) return;
    const ttl = uint32At(target, at);
    writeUint32(target, at, ttl > seconds ? ttl - seconds : 0);
  }
}

/** Writes the OPT record except the length of its options and the last of them, the extended error. */
function writeOpt(target: Uint8Array, at: number, rcode: number, dnssecOk: boolean, form: Form): void {
  target[at] = 0;
  target[at + 1] = 0;
  target[at + 2] = 41;
  writeUint16(target, at + 3, form.payloadSize);
  target[at + 5] = rcode >> 4;
  target[at + 6] = 0;
  target[at + 7] = dnssecOk ? 0x80 : 0;
  target[at + 8] = 0;
  if (form.options !== undefined) copy(form.options, 0, form.options.length, target, at + OPT_SIZE);
}

/** Writes the extended error option (RFC 8914) so that it ends at `end`. */
function writeExtendedError({ code, text }: NonNullable<Answer['extendedError']>, target: Uint8Array, end: number): void {
  let at = end - text.length - 6;
  writeUint16(target, at, EdnsOption.EXTENDED_ERROR);
  writeUint16(target, at + 2, 2 + text.length);
  writeUint16(target, at + 4, code);
  at += 6;
  for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i) & 0x7f;
}
