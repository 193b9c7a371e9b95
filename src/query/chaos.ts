/** The stage for classes other than IN: CHAOS names about the server itself (RFC 4892), where allowed. */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Class, ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { nameFromText, type Name } from '../wire/name.ts';
import { txtRdata } from '../wire/rdata.ts';
import type { Stage } from './handler.ts';

const otherClass = emptyAnswer(Rcode.REFUSED, Source.policy, { code: ExtendedError.NOT_SUPPORTED, text: 'only class IN is served' });

/** `texts`: the text of each name's TXT record (`version.bind` → `kubezone 1.0.0`); empty: all queries of other classes are refused. */
export function chaos(texts: Readonly<Record<string, string>>): Stage {
  const answers = new Map<Name, Answer>();
  for (const [name, text] of Object.entries(texts)) answers.set(nameFromText(name)!, chaosText(text));
  return (next) => (query) => {
    if (query.class === Class.IN) return next(query);
    const answer = query.class === Class.CH && (query.type === Type.TXT || query.type === Type.ANY) ? answers.get(query.name) : undefined;
    return answer ?? otherClass;
  };
}

/** Returns a TXT record of class CH and TTL 0, owned by the question's name. */
function chaosText(text: string): Answer {
  const rdata = txtRdata(text.slice(0, 255));
  const header = [0xc0, 0x0c, 0, Type.TXT, 0, Class.CH, 0, 0, 0, 0, rdata.length >> 8, rdata.length & 0xff];
  const body = Uint8Array.from([...header, ...rdata]);
  return { ...emptyAnswer(Rcode.NOERROR, Source.server), authoritative: true, body, answers: 1, ends: [body.length] };
}
