/**
 * The stage that shows a tenant the namespaces it may see: names of the others do not exist for it. It stands in front of the authority, and
 * knows a client by its address, which the cluster's network must keep pods from forging. Zone transfers have their own list of who may.
 */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { readName, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { queryFor } from '../../wire/question.ts';
import { BodyWriter } from '../../wire/records.ts';
import { answerRecords, type ResourceRecord } from '../../wire/splice.ts';
import type { Outcome, Stage } from '../handler.ts';
import { namespaceOfName, withoutNamespace, type Place } from './place.ts';
import { Visibility, type ViewRule } from './view-rule.ts';

export interface ViewObserver {
  /** A name of `namespace` was kept from a client of the namespace `client`. */
  hidden(client: string | undefined, namespace: string, query: Query): void;
}

const unobservedViews: ViewObserver = { hidden: () => undefined };

export interface Views {
  /** From compileViews. */
  readonly rules: readonly ViewRule[];
  /** The zones in which Services and Pods are named, such as cluster.local. */
  readonly zones: readonly Name[];
  /** The namespace of the pod at an address of 4 or 16 octets; undefined when it is no pod's. Called for names in a namespace only. */
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
      // Where an alias leads out of our zones is followed in front of this stage, so the way there is all that is told.
      const target = firstHidden(outcome, query, hidesFrom);
      if (target === undefined) return outcome;
      hide(query, placeIn(target)!);
      // Of a type that no name of a cluster has: NODATA, as to an alias that ends in nothing, so it is not told whether there is such a name.
      return next({ ...query, type: Type.NULL });
    }
    if (outcome instanceof Promise || outcome === undefined || firstType(outcome) !== Type.PTR) return outcome;
    return withoutHidden(outcome, query, hidesFrom);
  };
}

type HidesFrom = (query: Query, name: Name) => boolean;

/** Of the answer's first record: a PTR names any namespace, and a CNAME leads to any; others hold names of the question's own. 0: of none. */
function firstType({ source, answers, body }: Answer): number {
  // In our zones' and hosts files' answers its owner is the question's name, which is a pointer of two octets.
  return (source !== Source.zone && source !== Source.hosts) || answers === 0 ? 0 : (body[2]! << 8) | body[3]!;
}

function targetOf(record: ResourceRecord): Name {
  return readName(record.rdata, 0)!.name;
}

/** The first target of its aliases that is hidden from who asks. */
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
