/**
 * Applies access rules to the aliases of our own zones: the authority follows those itself, so no query for their targets passes the stage, and an
 * ExternalName would show what its client may not query.
 */
import { Source, type Answer } from '../../wire/answer.ts';
import { Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { answerRecords } from '../../wire/splice.ts';
import { firstType } from '../first-type.ts';
import type { Outcome } from '../handler.ts';

/** Whether the authority has followed an alias for this answer. */
export function hasFollowed(outcome: Outcome | Promise<Outcome>, { type }: Query): outcome is Answer {
  if (outcome === undefined || outcome instanceof Promise || outcome.source !== Source.zone) return false;
  return firstType(outcome) === Type.CNAME && type !== Type.CNAME && type !== Type.ANY;
}

/** Returns the targets of the answer's CNAMEs that are in our zones; one outside is queried later, through all stages. */
export function followedTargets(query: Query, answer: Answer): readonly Name[] {
  const targets = answerRecords(query.name, answer, query.receivedAt)
    .filter(({ type }) => type === Type.CNAME)
    .map(({ rdata }) => readName(rdata, 0)!.name);
  return answer.leadsOn === true ? targets.slice(0, -1) : targets;
}
