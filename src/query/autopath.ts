/**
 * Walks a pod's search list on its behalf: if `www.example.com.ns.svc.cluster.local` does not exist, the answer is a CNAME to the next name of the
 * list that does. One query instead of ten, and no watch on pods, since the namespace is read from the question (docs/decisions, autopath).
 */
import { Source, type Answer } from '../wire/answer.ts';
import { Class, Rcode, Type } from '../wire/iana.ts';
import { isWithin, labelsOf, nameFromLabels, parentOf, type Name } from '../wire/name.ts';
import { keepQuery, type Query } from '../wire/query.ts';
import { queryFor } from '../wire/question.ts';
import { nameRdata } from '../wire/rdata.ts';
import { BodyWriter } from '../wire/records.ts';
import { answerRecords, appendAnswers } from '../wire/splice.ts';
import type { Handler, Outcome, Stage } from './handler.ts';

/**
 * `zones` are the apexes under which pods search. Placed before every stage that judges names: the names of the search list go to `next` as if the
 * client had asked for them. `found` is called for each query that was answered with such a name.
 */
export function autopath(zones: readonly Name[], found: () => void = () => undefined): Stage {
  const searched = zones.map((zone) => ({ zone, services: nameFromLabels(['svc'], zone)! }));
  return (next) => (query) => {
    const outcome = next(query);
    // A zone's NXDOMAIN is known at once, so a promise is never one.
    if (outcome === undefined || outcome instanceof Promise || !isMissing(outcome)) return outcome;
    if (query.class !== Class.IN || UNFOLLOWED.has(query.type)) return outcome;
    const at = searched.find(({ services }) => isWithin(query.name, services));
    if (at === undefined) return outcome;
    const before = labelsBefore(query.name, at.services);
    // "<name>.<namespace>", where the name has at least one label.
    if (before.length < 2 || isOfService(query, before.length, next)) return outcome;
    return walk(query, outcome, candidates(before.slice(0, -1), at.services, at.zone), next, found);
  };
}

/** Returns the names tried when `name` is missing in `zone` and is not below a Service, to show them to the operator. */
export function searchedFor(name: Name, type: number, zone: Name): Name[] {
  const services = nameFromLabels(['svc'], zone)!;
  const before = UNFOLLOWED.has(type) || !isWithin(name, services) ? [] : labelsBefore(name, services);
  return before.length < 2 ? [] : candidates(before.slice(0, -1), services, zone);
}

/** Types for which a CNAME would not say what the resolver wants to know. */
const UNFOLLOWED: ReadonlySet<number> = new Set([Type.CNAME, Type.SOA, Type.NS, Type.DS, Type.ANY]);

function isMissing(outcome: Answer): boolean {
  return outcome.rcode === Rcode.NXDOMAIN && outcome.source === Source.zone;
}

function labelsBefore(name: Name, suffix: Name): string[] {
  const labels = labelsOf(name);
  return labels.slice(0, labels.length - labelsOf(suffix).length);
}

/** Whether the name is that of a missing endpoint of a Service (`web-0.web.ns`): its peers wait for it, and no upstream knows it. */
function isOfService(query: Query, labels: number, next: Handler): boolean {
  if (labels < 3) return false;
  let service = query.name;
  for (let left = labels; left > 2; left--) service = parentOf(service);
  const found = next(queryFor(query, service));
  return found === undefined || found instanceof Promise || !isMissing(found);
}

/** Returns the rest of the search list that Kubernetes gives a pod. A single label is a Service's name and is not sent to upstreams. */
function candidates(labels: readonly string[], services: Name, zone: Name): Name[] {
  const suffixes = labels.length > 1 ? [services, zone, undefined] : [services, zone];
  return suffixes.map((suffix) => nameFromLabels(labels, suffix)).filter((name) => name !== undefined);
}

/** Answers with the first of `names` that exists, or with `missing`, where the client's own walk starts, if none does or one cannot be resolved. */
function walk(query: Query, missing: Answer, names: readonly Name[], next: Handler, led: () => void): Outcome | Promise<Outcome> {
  const [name, ...others] = names;
  if (name === undefined) return missing;
  const judge = (asked: Query, found: Outcome): Outcome | Promise<Outcome> => {
    if (found?.rcode === Rcode.NXDOMAIN) return walk(asked, missing, others, next, led);
    if (found?.rcode !== Rcode.NOERROR) return missing;
    led();
    return alias(asked, missing, name, found);
  };
  const found = next(queryFor(query, name));
  if (!(found instanceof Promise)) return judge(query, found);
  const kept = keepQuery(query);
  return found.then((outcome) => judge(kept, outcome));
}

/** The CNAME's TTL, seconds; lower where a record of the target has a lower one. */
const ALIAS_TTL = 5;

/** The CNAME's TTL is at most its target's, so that a name created earlier in the list is seen as soon. */
function alias(query: Query, missing: Answer, target: Name, found: Answer): Answer {
  const { name, receivedAt } = query;
  const ttl = Math.min(ALIAS_TTL, ...answerRecords(target, found, receivedAt).map((record) => record.ttl));
  const body = new BodyWriter(name).add('answers', name, Type.CNAME, ttl, nameRdata(target));
  return appendAnswers(name, body.answer(Rcode.NOERROR, missing.authoritative, Source.policy), target, found, receivedAt);
}
