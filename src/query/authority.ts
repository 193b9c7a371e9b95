/** The stage that answers for our zones (RFC 1034 section 4.3.2); names of nobody's zone here go on. An alias that leaves them is followed by `followAliases`. */
import { Source } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import type { Query } from '../wire/query.ts';
import { notReady, type ZoneAnswer } from '../zone/zone.ts';
import type { Zones } from '../zone/zones.ts';
import { insteadOfAny, type AnyPolicy } from './any.ts';
import type { Handler, Outcome, Stage } from './handler.ts';

export function authority(zones: Zones, any: AnyPolicy): Stage {
  return (next) => (query) => {
    const zone = zones.find(query.name, query.place);
    if (zone === undefined) return next(query);
    if (zone.state === 'loading') return notReady;
    const answer = zone.lookup(query.name, query.type, query.place);
    if (zone.passesOn) {
      if (answer === undefined || isOfSigned(query)) return next(query);
      if (answer.answers === 0 && query.recursionDesired && !zone.hasRecords(query.name)) return elsewhere(answer, query, next);
    }
    // As CoreDNS: who asks for SOA at a missing name looks for the zone's top, and NODATA shows it.
    if (answer === undefined) return query.type === Type.SOA ? zone.noData(query.name) : zone.nonexistent(query.name);
    // Of what is not known nothing stands in for the records either.
    return query.type === Type.ANY && answer.rcode === Rcode.NOERROR ? (insteadOfAny(any, query, Source.zone) ?? answer) : answer;
  };
}

/** The DNS's own reverse zones are signed: who validates asks for the keys above our names, and they are not ours (RFC 4035 section 3.1.4.1). */
function isOfSigned({ type, recursionDesired }: Query): boolean {
  return (type === Type.DS || type === Type.DNSKEY) && recursionDesired;
}

/**
 * An empty non-terminal of a reverse zone that passes on: with a pod at 10.1.2.3, 10.in-addr.arpa is only a part of its name to us, and may be a zone of
 * somebody else's. As CoreDNS, others answer for it; but it exists, whatever they know: their NXDOMAIN would deny the pod's name too (RFC 8020).
 * Who wants no recursion is told what is here, as a resolver that comes down to the pod's name label by label needs it (RFC 9156).
 */
function elsewhere(noData: ZoneAnswer, query: Query, next: Handler): Outcome | Promise<Outcome> {
  const finish = (found: Outcome): Outcome => (found?.rcode === Rcode.NXDOMAIN ? noData : found);
  const outcome = next(query);
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}
