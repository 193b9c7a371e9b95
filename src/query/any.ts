/** What a question of type ANY gets (RFC 8482): all records of a name are many octets, and what amplifiers are asked for. */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import type { Query } from '../wire/query.ts';
import { hinfoRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import type { Stage } from './handler.ts';

/** One HINFO record (section 4.2), the records but only over streams (section 4.4), or a refusal. */
export type AnyPolicy = 'hinfo' | 'tcp' | 'refuse';

/** Seconds for which a client may keep the advice; RFC 8482 section 4.2 leaves it to us. */
const HINFO_TTL = 3600;

const comeByTcp: Answer = { ...emptyAnswer(Rcode.NOERROR, Source.policy), truncated: true };
const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.PROHIBITED, text: 'ANY is not answered' });

/** What stands in for the records of a name that exists; undefined: they are to be given. `source`: who knows that it exists. */
export function insteadOfAny(policy: AnyPolicy, { name, client }: Query, source: Source): Answer | undefined {
  if (policy === 'refuse') return refused;
  if (policy === 'tcp') return client.transport === 'udp' ? comeByTcp : undefined;
  return new BodyWriter(name).add('answers', name, Type.HINFO, HINFO_TTL, hinfoRdata).answer(Rcode.NOERROR, source === Source.zone, source);
}

/** The stage for names outside our zones, of which upstreams are asked for their records only. */
export function anyOutside(policy: AnyPolicy): Stage {
  return (next) => (query) => (query.type === Type.ANY ? (insteadOfAny(policy, query, Source.policy) ?? next(query)) : next(query));
}
