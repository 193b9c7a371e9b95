/** Accounts for the time that a reply spent in HTTP caches (RFC 8484 section 5.1, RFC 9111 section 5.1). */
import { Type } from '../wire/iana.ts';
import { nameEnd } from '../wire/name.ts';
import { HEADER_SIZE } from '../wire/query.ts';
import { readRecords } from '../wire/response-records.ts';

/** Subtracts the seconds of the `Age` header from the reply's TTLs, down to 0. Without the header, or for a reply without a question, changes nothing. */
export function lessAge(reply: Uint8Array, age: string | undefined): Uint8Array {
  const seconds = age !== undefined && /^\d+$/.test(age.trim()) ? Number(age) : 0;
  if (seconds === 0 || reply.length < HEADER_SIZE || reply[5] !== 1) return reply;
  const found = readRecords(reply, nameEnd(reply, HEADER_SIZE) + 4);
  if (found === undefined) return reply;
  const aged = Buffer.from(reply);
  for (const { section, type, typeAt, ttl, end } of found.records) {
    // A denial lasts for the lesser of the two (RFC 2308 section 5).
    const whole = section === 'authorities' && type === Type.SOA ? Math.min(ttl, aged.readUInt32BE(end - 4)) : ttl;
    aged.writeUInt32BE(Math.max(0, whole - seconds), typeAt + 4);
  }
  return aged;
}
