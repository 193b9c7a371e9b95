/** The stage that answers from our zones (RFC 1034 section 4.3.2) and passes other names on; `followAliases` follows a CNAME that leaves them. */
import { Source } from '../wire/answer.ts';
import { isOfTrustChain, Rcode, Type } from '../wire/iana.ts';
import type { Query } from '../wire/query.ts';
import { notReady, type ZoneAnswer } from '../zone/zone.ts';
import type { Zones } from '../zone/zones.ts';
import { insteadOfAny, type AnyPolicy } from './any.ts';
import { firstType } from './first-type.ts';
import { whenKnown, type Handler, type Outcome, type Stage } from './handler.ts';

export function authority(zones: Zones, any: AnyPolicy): Stage {
  return (next) => (query) => {
    const zone = zones.find(query.name, query.place);
    if (zone === undefined) return next(query);
    if (zone.state === 'loading') return notReady;
    const answer = zone.lookup(query.name, query.type, query.place);
    if (zone.fallthrough) {
      if (answer === undefined || isOfSigned(query)) return next(query);
      if (answer.answers === 0 && query.recursionDesired && !zone.hasRecords(query.name)) return elsewhere(answer, query, next);
    }
    // As in CoreDNS: an SOA query for a missing name looks for the zone's apex, which the SOA of a NODATA answer shows.
    if (answer === undefined) return query.type === Type.SOA ? zone.noData(query.name) : zone.nonexistent(query.name);
    // Only known records are replaced for ANY: SERVFAIL stays SERVFAIL. A CNAME has no other records beside it, and is small (RFC 8482 section 4.2).
    const isReplaced = query.type === Type.ANY && answer.rcode === Rcode.NOERROR && firstType(answer) !== Type.CNAME;
    return isReplaced ? (insteadOfAny(any, query, Source.zone) ?? answer) : answer;
  };
}

/** The public reverse zones are signed: a validator queries the keys above our names, which are not ours (RFC 4035 section 3.1.4.1). */
function isOfSigned({ type, recursionDesired }: Query): boolean {
  return isOfTrustChain(type) && recursionDesired;
}

/**
 * Answers for an empty non-terminal of a reverse zone with fallthrough: with a pod at 10.1.2.3, 10.in-addr.arpa is only part of its name here, and may
 * be a zone elsewhere. As in CoreDNS, upstreams answer for it, but their NXDOMAIN becomes NODATA: it would deny the pod's name too (RFC 8020). A
 * query without RD gets what is here, as needed by a resolver that descends to the pod's name label by label (RFC 9156).
 */
function elsewhere(noData: ZoneAnswer, query: Query, next: Handler): Outcome | Promise<Outcome> {
  return whenKnown(next(query), (found) => (found?.rcode === Rcode.NXDOMAIN ? noData : found));
}
