/** The SOA of a denial that comes from no zone: without one no cache would keep it (RFC 2308 section 5). */
import { Type } from '../wire/iana.ts';
import { ROOT, type Name } from '../wire/name.ts';
import { soaRdata } from '../wire/rdata.ts';
import type { BodyWriter } from '../wire/records.ts';

/** Adds it to the authority section. Only its TTL, in seconds, means anything: the other times are for secondaries, of which there are none. */
export function addDenialSoa(body: BodyWriter, owner: Name, ttl: number): BodyWriter {
  const rdata = soaRdata({ mname: owner, rname: ROOT, serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum: ttl });
  return body.add('authorities', owner, Type.SOA, ttl, rdata);
}
