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

  return (next) => (query) => {
    const place = placeIn(query.name);
    let client: string | undefined;
    if (place !== undefined) {
      client = namespaceOf(query.client.address);
      if (!visibility.sees(client, place.namespace)) {
        observer.hidden(client, place.namespace, query);
        return next(queryFor(query, withoutNamespace(query.name, place)));
      }
    }
    const outcome = next(query);
    if (outcome instanceof Promise || outcome === undefined || !mayPointElsewhere(outcome)) return outcome;
    client ??= namespaceOf(query.client.address);
    return withoutHidden(outcome, query, (name) => {
      const pointed = placeIn(name);
      return pointed === undefined || visibility.sees(client, pointed.namespace);
    });
  };
}

/** A namespace in a name, and where its label lies. */
interface Place {
  readonly namespace: string;
  readonly offset: number;
}

/** The second label above `zone`, when the first is svc or pod. */
export function namespaceOfName(name: Name, zone: Name): Place | undefined {
  const boundary = name.length - zone.length;
  if (boundary <= 4 || !name.endsWith(zone)) return undefined;
  let kind = -1;
  let offset = -1;
  let at = 0;
  for (; at < boundary; at += 1 + name.charCodeAt(at)) [offset, kind] = [kind, at];
  if (at !== boundary || offset === -1) return undefined;
  const label = name.slice(kind + 1, boundary);
  return label === 'svc' || label === 'pod' ? { namespace: name.slice(offset + 1, kind), offset } : undefined;
}

/**
 * The same name with a namespace that no cluster has, of the same length: the answer is what any absent namespace gets, and its pointers into
 * the question hold for the question that was asked.
 */
function withoutNamespace(name: Name, { namespace, offset }: Place): Name {
  const from = offset + 1;
  return (name.slice(0, from) + '\0'.repeat(namespace.length) + name.slice(from + namespace.length)) as Name;
}

/** A PTR names any namespace, and a CNAME leads to any; other answers hold names of the question's own. */
function mayPointElsewhere({ source, answers, body }: Answer): boolean {
  // The first record of our zones' and hosts files' answers is owned by the question's name, which is a pointer of two octets.
  if ((source !== Source.zone && source !== Source.hosts) || answers === 0) return false;
  const type = (body[2]! << 8) | body[3]!;
  return type === Type.PTR || type === Type.CNAME;
}

function withoutHidden(answer: Answer, query: Query, visible: (name: Name) => boolean): Outcome {
  const records = answerRecords(query.name, answer, query.receivedAt);
  const kept = records.filter((record) => visible(record.owner) && (record.type !== Type.PTR || visible(targetOf(record))));
  if (kept.length === records.length) return answer;
  if (kept.length === 0) return absent;
  const body = new BodyWriter(query.name);
  for (const record of kept) body.add('answers', record.owner, record.type, record.ttl, record.rdata);
  return body.answer(answer.rcode, answer.authoritative, answer.source);
}

function targetOf(record: ResourceRecord): Name {
  return readName(record.rdata, 0)!.name;
}
