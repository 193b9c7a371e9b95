/** Answers to queries of type ANY (RFC 8482): all records of a name make a large response, which is what amplification attacks ask for. */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import type { Query } from '../wire/query.ts';
import { hinfoRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { comeByTcp } from './come-by-tcp.ts';
import type { Stage } from './handler.ts';

/** One HINFO record (section 4.2), the records but not over UDP (section 4.4), or REFUSED. */
export type AnyPolicy = 'hinfo' | 'tcp' | 'refuse';

/** TTL of the HINFO record, seconds; RFC 8482 section 4.2 leaves it to the server. */
const HINFO_TTL = 3600;

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.PROHIBITED, text: 'ANY is not answered' });

/** Returns the answer that replaces the records of an existing name; undefined if they may be sent. `source` is where the name is known to exist. */
export function insteadOfAny(policy: AnyPolicy, { name, client }: Query, source: Source): Answer | undefined {
  if (policy === 'refuse') return refused;
  if (policy === 'tcp') return client.transport === 'udp' ? comeByTcp : undefined;
  return new BodyWriter(name).add('answers', name, Type.HINFO, HINFO_TTL, hinfoRdata).answer(Rcode.NOERROR, source === Source.zone, source);
}

/** The stage for names outside our zones: upstreams are asked only when the records may be sent. */
export function anyOutside(policy: AnyPolicy): Stage {
  return (next) => (query) => (query.type === Type.ANY ? (insteadOfAny(policy, query, Source.policy) ?? next(query)) : next(query));
}
