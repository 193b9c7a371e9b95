/** Whether an answer may be cached, for how long, and with which TTLs (RFC 1035 section 3.2.1, RFC 2181 section 8, RFC 2308). */
import type { Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { uint16At, uint32At, writeUint32 } from '../../wire/integers.ts';
import { nameEnd } from '../../wire/name.ts';
import { Kind, type CacheOptions } from './options.ts';

/** An answer that may be cached. */
export interface Keepable {
  readonly kind: Kind;
  /** Seconds, more than 0, from `since` on. */
  readonly ttl: number;
  /** Clock.monotonic(), ms. */
  readonly since: number;
  /** Its TTLs are within the limits; the body is a copy. */
  readonly answer: Answer;
  /** One per record. */
  readonly ttlOffsets: Uint16Array;
}

/**
 * Returns what of `answer`, received at `now`, may be cached for a question of `type`; undefined if nothing may: truncated, a TTL of 0, a denial
 * without SOA (RFC 2308 section 5: it could live for ever), any RCODE but NOERROR, NXDOMAIN and SERVFAIL, or a body that cannot be walked.
 */
export function keepable(type: number, answer: Answer, options: CacheOptions, now: number): Keepable | undefined {
  if (answer.truncated === true) return undefined;
  if (answer.rcode === Rcode.SERVFAIL) return failure(answer, options, now);
  if (answer.rcode !== Rcode.NOERROR && answer.rcode !== Rcode.NXDOMAIN) return undefined;
  const ttlOffsets = findTtls(answer);
  if (ttlOffsets === undefined) return undefined;
  const positive = !isDenial(type, answer, ttlOffsets);
  const kind = positive ? Kind.positive : Kind.negative;
  const least = positive ? leastTtl(answer.body, ttlOffsets, 0, ttlOffsets.length) : negativeTtl(answer, ttlOffsets);
  if (least === undefined) return undefined;
  const min = positive ? options.cacheMinTtl : options.cacheMinNegativeTtl;
  const max = positive ? options.cacheMaxTtl : options.cacheMaxNegativeTtl;
  const ttl = clamp(least, min, max);
  if (ttl === 0) return undefined;
  const body = answer.body.slice();
  // A denial's SOA gets the TTL of the denial (RFC 2308 section 5), and no record with it outlives it.
  for (const offset of ttlOffsets) writeUint32(body, offset, positive ? clamp(readTtl(body, offset), min, max) : ttl);
  const since = answer.ageing?.since ?? now;
  return { kind, ttl, since, answer: { ...answer, body, ageing: { since, ttlOffsets } }, ttlOffsets };
}

/**
 * Caps the TTLs of an answer that may not be cached here, to a question of `type`: clients cache it, and the limit is meant for them too. With 0 for
 * denials, they cache none.
 */
export function limited(type: number, answer: Answer, options: CacheOptions): Answer {
  const ttlOffsets = answer.answers + answer.authorities + answer.additionals === 0 ? undefined : findTtls(answer);
  if (ttlOffsets === undefined) return answer;
  const max = isDenial(type, answer, ttlOffsets) ? options.cacheMaxNegativeTtl : options.cacheMaxTtl;
  if (!ttlOffsets.some((offset) => readTtl(answer.body, offset) > max)) return answer;
  const body = answer.body.slice();
  for (const offset of ttlOffsets) writeUint32(body, offset, Math.min(readTtl(body, offset), max));
  return { ...answer, body };
}

/** Whether it says that there are no such records, if it is of an RCODE that may be cached. */
function isDenial(type: number, answer: Answer, ttlOffsets: Uint16Array): boolean {
  if (answer.rcode === Rcode.NXDOMAIN) return true;
  return answer.rcode === Rcode.NOERROR && answer.leadsOn !== true && !hasData(answer, ttlOffsets, type);
}

const NO_OFFSETS = new Uint16Array(0);

/** RFC 2308 section 7.1 allows five minutes; a resolver that is down for a second should not appear down for longer here. */
function failure(answer: Answer, options: CacheOptions, now: number): Keepable | undefined {
  const ttl = options.cacheServfailTtl;
  if (ttl === 0) return undefined;
  const bare = { ...answer, body: answer.body.subarray(0, 0), answers: 0, authorities: 0, additionals: 0, ends: [], rotating: 0 };
  return { kind: Kind.failure, ttl, since: now, answer: bare, ttlOffsets: NO_OFFSETS };
}

/** Returns the offset of each record's TTL; undefined if the body does not match the counts. */
function findTtls({ body, ends, answers, authorities, additionals }: Answer): Uint16Array | undefined {
  const offsets = new Uint16Array(answers + authorities + additionals);
  let at = 0;
  for (let i = 0; i < offsets.length; i++) {
    const end = ends[i] ?? -1;
    at = nameEnd(body, at);
    if (at + 10 > end || end > body.length) return undefined;
    offsets[i] = at + 4;
    at = end;
  }
  return offsets;
}

/** Whether the answer section has a record of the question's own type, not only the CNAMEs that lead to it. */
function hasData(answer: Answer, ttlOffsets: Uint16Array, type: number): boolean {
  for (let i = 0; i < answer.answers; i++) if (typeAt(answer.body, ttlOffsets[i]!) === type) return true;
  return false;
}

/** RFC 2308 section 5: the lesser of the SOA's TTL and its MINIMUM field, and at most the TTL of the CNAMEs before it. */
function negativeTtl(answer: Answer, ttlOffsets: Uint16Array): number | undefined {
  const { body, ends, answers, authorities } = answer;
  for (let i = answers; i < answers + authorities; i++) {
    if (typeAt(body, ttlOffsets[i]!) !== Type.SOA) continue;
    const minimum = readTtl(body, ends[i]! - 4);
    return Math.min(minimum, readTtl(body, ttlOffsets[i]!), leastTtl(body, ttlOffsets, 0, answers) ?? minimum);
  }
  return undefined;
}

function leastTtl(body: Uint8Array, ttlOffsets: Uint16Array, from: number, to: number): number | undefined {
  let least: number | undefined;
  for (let i = from; i < to; i++) least = Math.min(least ?? Infinity, readTtl(body, ttlOffsets[i]!));
  return least;
}

function clamp(ttl: number, min: number, max: number): number {
  return Math.min(Math.max(ttl, min), max);
}

function typeAt(body: Uint8Array, ttlOffset: number): number {
  return uint16At(body, ttlOffset - 4);
}

/** A TTL with the highest bit set is read as 0 (RFC 2181 section 8). */
export function readTtl(body: Uint8Array, at: number): number {
  const ttl = uint32At(body, at);
  return ttl > 0x7fffffff ? 0 : ttl;
}
