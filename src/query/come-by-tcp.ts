/** The answer that makes a client ask again over TCP: empty, with TC (RFC 2181 section 9). */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode } from '../wire/iana.ts';

export const comeByTcp: Answer = { ...emptyAnswer(Rcode.NOERROR, Source.policy), truncated: true };
