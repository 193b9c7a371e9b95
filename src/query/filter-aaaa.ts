/** Filters AAAA in clusters without IPv6: an outside name that has an IPv4 address shows no IPv6 address, so that no client tries one in vain. */
import { Source, type Answer } from '../wire/answer.ts';
import { Class, ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { keepQuery, type Query } from '../wire/query.ts';
import { queryFor } from '../wire/question.ts';
import { BodyWriter } from '../wire/records.ts';
import { answerRecords } from '../wire/splice.ts';
import { addDenialSoa } from './denial-soa.ts';
import type { Handler, Outcome, Stage } from './handler.ts';

export type FilterAaaa = 'off' | 'auto' | 'on';

/**
 * Placed after the authority stage, so it sees only outside names. `hasIpv6` returns whether the cluster has shown an IPv6 address; it is called for
 * each AAAA query, and only in `auto`. Queries with DO are not filtered: a validator would detect the forgery (RFC 4035 section 3.2.1).
 */
export function filterAaaa(mode: FilterAaaa, hasIpv6: () => boolean): Stage {
  if (mode === 'off') return (next) => next;
  const denials = new WeakMap<Answer, Answer>();
  const judge = (query: Query, addresses: Outcome, next: Handler): Outcome | Promise<Outcome> => {
    // A missing name is missing for AAAA too: the same denial, with its own SOA.
    if (addresses?.rcode === Rcode.NXDOMAIN) return addresses;
    if (addresses?.rcode !== Rcode.NOERROR || addresses.answers === 0) return next(query);
    const known = denials.get(addresses);
    if (known !== undefined) return known;
    const records = answerRecords(query.name, addresses, query.receivedAt).filter(({ type }) => type === Type.A);
    // IPv6 only, or a CNAME that leads nowhere: the true answer does no harm.
    if (records.length === 0) return next(query);
    const denial = noAddress(query, Math.min(...records.map(({ ttl }) => ttl)));
    denials.set(addresses, denial);
    return denial;
  };
  return (next) => (query) => {
    if (query.type !== Type.AAAA || query.class !== Class.IN || query.edns?.dnssecOk === true) return next(query);
    if (mode === 'auto' && hasIpv6()) return next(query);
    const addresses = next(queryFor({ ...query, type: Type.A }, query.name));
    if (!(addresses instanceof Promise)) return judge(query, addresses, next);
    const kept = keepQuery(query);
    return addresses.then((found) => judge(kept, found, next));
  };
}

/** Returns NODATA that caches may keep for as long as the IPv4 address. The name's zone is not known here, so the SOA is owned by the name itself. */
function noAddress(query: Query, ttl: number): Answer {
  const body = addDenialSoa(new BodyWriter(query.name), query.name, ttl);
  return {
    ...body.answer(Rcode.NOERROR, false, Source.policy),
    ageing: { since: query.receivedAt, ttlOffsets: [SOA_TTL_OFFSET] },
    extendedError: { code: ExtendedError.FORGED_ANSWER, text: 'AAAA is filtered: the cluster has no IPv6' },
  };
}

/** After a compression pointer to the question, type and class. */
const SOA_TTL_OFFSET = 6;
