/**
 * The stage that hides namespaces from clients: for a client, the names of a namespace that it may not see do not exist. It comes before the
 * authority and identifies a client by its address, which the cluster's network must keep pods from forging. Zone transfers have a list of their own.
 */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { queryFor } from '../../wire/question.ts';
import { BodyWriter } from '../../wire/records.ts';
import { answerRecords, type ResourceRecord } from '../../wire/splice.ts';
import { firstType } from '../first-type.ts';
import type { Outcome, Stage } from '../handler.ts';
import { namespaceOfName, withoutNamespace, type Place } from './place.ts';
import { Visibility, type ViewRule } from './view-rule.ts';

export interface ViewObserver {
  /** A name in `namespace` was hidden from a client in the namespace `client` (undefined: no known pod). */
  hidden(client: string | undefined, namespace: string, query: Query): void;
}

const unobservedViews: ViewObserver = { hidden: () => undefined };

export interface Views {
  /** From compileViews. */
  readonly rules: readonly ViewRule[];
  /** The zones with the names of Services and Pods, such as cluster.local. */
  readonly zones: readonly Name[];
  /** Returns the namespace of the pod at an address of 4 or 16 octets, or undefined. Called only for names in a namespace. */
  readonly namespaceOf: (address: Uint8Array) => string | undefined;
}

const absent: Answer = { ...emptyAnswer(Rcode.NXDOMAIN, Source.policy), authoritative: true };

export function namespaceViews({ rules, zones, namespaceOf }: Views, observer: ViewObserver = unobservedViews): Stage {
  if (rules.length === 0) return (next) => next;
  const visibility = new Visibility(rules);
  const placeIn = (name: Name): Place | undefined => {
    for (const zone of zones) {
      const place = namespaceOfName(name, zone);
      if (place !== undefined) return place;
    }
    return undefined;
  };

  const hidesFrom = ({ client }: Query, name: Name): boolean => {
    const place = placeIn(name);
    return place !== undefined && !visibility.sees(namespaceOf(client.address), place.namespace);
  };
  const hide = (query: Query, { namespace }: Place): void => observer.hidden(namespaceOf(query.client.address), namespace, query);

  return (next) => (query) => {
    const place = placeIn(query.name);
    if (place !== undefined && !visibility.sees(namespaceOf(query.client.address), place.namespace)) {
      hide(query, place);
      return next(queryFor(query, withoutNamespace(query.name, place)));
    }
    const outcome = next(query);
    if (place !== undefined && (query.type === Type.A || query.type === Type.AAAA)) {
      // An alias that leaves our zones is followed by a stage before this one, so the answer holds the chain up to there only.
      const target = firstHidden(outcome, query, hidesFrom);
      if (target === undefined) return outcome;
      hide(query, placeIn(target)!);
      // No name of a cluster has type NULL: the answer is NODATA, as for an alias to an absent name, and does not tell whether the target exists.
      return next({ ...query, type: Type.NULL });
    }
    if (outcome instanceof Promise || outcome === undefined || firstType(outcome) !== Type.PTR) return outcome;
    return withoutHidden(outcome, query, hidesFrom);
  };
}

type HidesFrom = (query: Query, name: Name) => boolean;

function targetOf(record: ResourceRecord): Name {
  return readName(record.rdata, 0)!.name;
}

/** Returns the first target of the answer's CNAMEs that is hidden from the client. */
function firstHidden(answer: Outcome | Promise<Outcome>, query: Query, hidesFrom: HidesFrom): Name | undefined {
  if (answer === undefined || answer instanceof Promise || firstType(answer) !== Type.CNAME) return undefined;
  return answerRecords(query.name, answer, query.receivedAt)
    .filter(({ type }) => type === Type.CNAME)
    .map(targetOf)
    .find((target) => hidesFrom(query, target));
}

function withoutHidden(answer: Answer, query: Query, hidesFrom: HidesFrom): Answer {
  const records = answerRecords(query.name, answer, query.receivedAt);
  const kept = records.filter((record) => record.type !== Type.PTR || !hidesFrom(query, targetOf(record)));
  if (kept.length === records.length) return answer;
  if (kept.length === 0) return absent;
  const body = new BodyWriter(query.name);
  for (const record of kept) body.add('answers', record.owner, record.type, record.ttl, record.rdata);
  return body.answer(answer.rcode, answer.authoritative, answer.source);
}
