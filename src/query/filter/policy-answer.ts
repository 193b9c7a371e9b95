/** Builds the answer that a policy gives instead of the true one. */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../../wire/iana.ts';
import { nameFromLabels, labelsOf, parentOf, readName, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { queryFor } from '../../wire/question.ts';
import { nameRdata } from '../../wire/rdata.ts';
import { BodyWriter, type RRset } from '../../wire/records.ts';
import { appendAnswers } from '../../wire/splice.ts';
import { comeByTcp } from '../come-by-tcp.ts';
import { whenKnown, type Handler, type Outcome } from '../handler.ts';
import { Action } from './action.ts';
import type { Policy } from './policies.ts';

const blocked = { code: ExtendedError.BLOCKED, text: 'blocked by a policy' };
const nodata = emptyAnswer(Rcode.NOERROR, Source.policy, blocked);
const fixed: Readonly<Record<number, Answer | undefined>> = {
  [Action.nxdomain]: emptyAnswer(Rcode.NXDOMAIN, Source.policy, blocked),
  [Action.nodata]: nodata,
  [Action.refuse]: emptyAnswer(Rcode.REFUSED, Source.policy, blocked),
  [Action.tcpOnly]: comeByTcp,
};

/** TTL of the null addresses, seconds. */
const NULL_TTL = 30;

/** Whether the policy lets the true answer through. */
export function lets({ action }: Policy, query: Query): boolean {
  return action === Action.passthru || (action === Action.tcpOnly && query.client.transport !== 'udp');
}

/** Returns the policy's answer. `follow` resolves the target of a CNAME of the policy's own records; policies are not applied to it again. */
export function policyAnswer(policy: Policy, query: Query, follow: Handler): Outcome | Promise<Outcome> {
  if (policy.action === Action.drop) return undefined;
  if (policy.action === Action.null) return nullAnswer(query);
  return policy.action === Action.local ? localAnswer(policy.records, query, follow) : fixed[policy.action];
}

function nullAnswer({ name, type }: Query): Answer {
  if (type !== Type.A && type !== Type.AAAA) return nodata;
  const body = new BodyWriter(name).add('answers', name, type, NULL_TTL, new Uint8Array(type === Type.A ? 4 : 16));
  return { ...body.answer(Rcode.NOERROR, false, Source.policy), extendedError: blocked };
}

function localAnswer(records: readonly RRset[], query: Query, follow: Handler): Outcome | Promise<Outcome> {
  const { name, type } = query;
  const body = new BodyWriter(name);
  const alias = records.find((rrset) => rrset.type === Type.CNAME);
  if (alias === undefined) {
    const shown = records.filter((rrset) => (rrset.type === type || type === Type.ANY) && rrset.rdata.length > 0);
    if (shown.length === 0) return nodata;
    for (const rrset of shown) body.addRRset('answers', name, rrset);
    return body.answer(Rcode.NOERROR, false, Source.policy);
  }
  const rdata = expanded(alias, name);
  const first = body.add('answers', name, Type.CNAME, alias.ttl, rdata).answer(Rcode.NOERROR, false, Source.policy);
  // The query may be for the CNAME itself. As in BIND, one whose target had a wildcard expanded is followed whatever the type.
  if ((type === Type.CNAME || type === Type.ANY) && rdata === alias.rdata[0]) return first;
  // Without RD nothing is asked elsewhere for a client (RFC 1034 section 4.3.1).
  if (!query.recursionDesired) return first;
  const target = readName(rdata, 0)!.name;
  const { receivedAt } = query;
  return whenKnown(
    follow(queryFor(query, target)),
    (found) => found && { ...appendAnswers(name, first, target, found, receivedAt), rcode: found.rcode },
  );
}

/** Returns a CNAME's target; in `*.garden.example` the query's name replaces the `*`, without its first labels where that would be too long. */
function expanded(alias: RRset, name: Name): Uint8Array {
  const target = readName(alias.rdata[0]!, 0)!.name;
  if (!target.startsWith('\x01*')) return alias.rdata[0]!;
  const garden = parentOf(target);
  const labels = labelsOf(name);
  for (;;) {
    const whole = nameFromLabels(labels, garden);
    if (whole !== undefined) return nameRdata(whole);
    labels.shift();
  }
}
