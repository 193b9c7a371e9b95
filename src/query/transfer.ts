/** The stage that refuses zone transfers (RFC 5936, RFC 1995), with an extended error that says so. */
import { emptyAnswer, Source } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import type { Stage } from './handler.ts';

const refused = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.PROHIBITED, text: 'zone transfers are not given' });

export const transfer: Stage = (next) => (query) => (query.type === Type.AXFR || query.type === Type.IXFR ? refused : next(query));
