/** The stage that answers ANY for names outside our zones without asking upstreams (RFC 8482): such answers are large, and what amplifiers are asked for. */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { hinfoRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import type { AnyPolicy } from './authority.ts';
import type { Stage } from './handler.ts';

/** Seconds for which a client may keep the advice; RFC 8482 section 4.2 leaves it to us. */
const HINFO_TTL = 3600;

const comeByTcp: Answer = { ...emptyAnswer(Rcode.NOERROR, Source.policy), truncated: true };
const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.PROHIBITED, text: 'ANY is not answered' });

/** `tcp`: over a stream the question goes on to upstreams. */
export function anyOutside(policy: AnyPolicy): Stage {
  return (next) => (query) => {
    if (query.type !== Type.ANY) return next(query);
    if (policy === 'refuse') return refused;
    if (policy === 'hinfo')
      return new BodyWriter(query.name)
        .add('answers', query.name, Type.HINFO, HINFO_TTL, hinfoRdata)
        .answer(Rcode.NOERROR, false, Source.policy);
    return query.client.transport === 'udp' ? comeByTcp : next(query);
  };
}
