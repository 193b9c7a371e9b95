/** Explains the answer of our zones to a question, on the control thread: which objects make it, or why there is none. */
import { Rcode, typeName } from '../wire/iana.ts';
import { isWithin, labelsOf, nameFromText, nameToText, ROOT, type Name } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import { answerRecords } from '../wire/splice.ts';
import type { Zone, ZoneAnswer } from '../zone/zone.ts';
import { Zones } from '../zone/zones.ts';
import { readClusterName, type ClusterName } from './cluster-name.ts';
import { describeService, serviceReasons } from './explain-service.ts';
import type { Explanation, ServiceExplanation } from './explanation.ts';
import { parseDashed } from './labels.ts';
import type { Key } from './model.ts';
import { nearMisses } from './near.ts';
import type { Publisher } from './publisher.ts';
import { readReverseName } from './reverse-name.ts';
import { ClusterZones, type ClusterZonesOptions } from './zones.ts';

/** Longer chains of aliases are a mistake. */
const MAX_CHAIN = 16;

/** `publisher` and `options` are those of the running server. */
export function explain(name: Name, type: number, publisher: Publisher, options: ClusterZonesOptions): Explanation {
  const { store, state } = publisher;
  const place = readPlace(name, options.clusterDomain);
  const keys = keysOf(name, publisher, options.clusterDomain);
  const zones = zonesOf(place, keys, publisher, options);
  const zone = new Zones(zones.all).find(name);
  const answer = zone?.lookup(name, type);
  const services = keys.map((key) => describeService(store, key)).filter((service) => service !== undefined);
  const outcome = outcomeOf(zone, answer, state);
  const chain = place === undefined ? [] : chainOf(keys, publisher);
  const reasonsOf = (): string[] =>
    place === undefined
      ? addressReasons(name, zone, services)
      : isRing(name, chain) && outcome === 'nodata'
        ? [`its aliases lead round in a ring: ${chain.join(' → ')}`]
        : placeReasons(place, { name, type, publisher, options, found: outcome === 'answer', exists: answer !== undefined });
  return {
    name: nameToText(name),
    type: typeName(type),
    state,
    outcome,
    records: outcome === 'answer' ? recordsOf(name, answer!) : [],
    reasons: zone === undefined || state === 'live' ? reasonsOf() : stateReasons(publisher),
    chain,
    nearMisses: answer === undefined ? nearMisses(name, publisher.store, options.clusterDomain) : [],
    services,
  };
}

function readPlace(name: Name, clusterDomain: Name): ClusterName | undefined {
  return isWithin(name, clusterDomain) ? readClusterName(name, clusterDomain) : undefined;
}

/** Services the answer hangs on: the name's own and where its alias leads, or those that have the address. */
function keysOf(name: Name, publisher: Publisher, clusterDomain: Name): Key[] {
  const place = readPlace(name, clusterDomain);
  if (place === undefined) {
    const address = readReverseName(name);
    if (address === undefined || address.nibbles.length < address.size * 2) return [];
    return publisher.holdersOf(Buffer.from(address.nibbles, 'hex').toString('latin1'));
  }
  const keys: Key[] = [];
  for (let at: ClusterName | undefined = place; at?.of === 'service' && !keys.includes(at.key) && keys.length < MAX_CHAIN;) {
    keys.push(at.key);
    const target = nameFromText(publisher.published(at.key)?.externalName ?? '');
    at = target && readPlace(target, clusterDomain);
  }
  return keys;
}

/** Zones of nothing but what the answer hangs on, so that one rule makes the answer and its explanation. */
function zonesOf(place: ClusterName | undefined, keys: readonly Key[], publisher: Publisher, options: ClusterZonesOptions): ClusterZones {
  const zones = new ClusterZones(options);
  const { namespaces, pods } = publisher.snapshot();
  const services = keys.map((key) => publisher.published(key)).filter((service) => service !== undefined);
  zones.apply({
    serial: publisher.serial,
    state: publisher.state,
    services,
    removedServices: [],
    namespaces: { added: namespaces, removed: [] },
    pods: { added: place?.of === 'pod' ? pods : [], removed: [] },
    ...(publisher.podsUnknown && { podsUnknown: true }),
    unknown: publisher.unknown,
  });
  return zones;
}

function outcomeOf(zone: Zone | undefined, answer: ZoneAnswer | undefined, state: Publisher['state']): Explanation['outcome'] {
  if (zone === undefined) return 'outside';
  if (state === 'loading') return 'notReady';
  if (answer?.rcode === Rcode.SERVFAIL) return 'notReady';
  if (answer === undefined) return zone.passesOn ? 'outside' : 'nxdomain';
  return answer.answers === 0 ? 'nodata' : 'answer';
}

function recordsOf(name: Name, answer: ZoneAnswer): string[] {
  return answerRecords(name, answer, 0).map(
    ({ owner, ttl, type, rdata }) => `${nameToText(owner)} ${ttl} ${typeName(type)} ${rdataToText(type, rdata)}`,
  );
}

function stateReasons({ state, missing }: Publisher): string[] {
  const waiting = `the first list of ${missing.join(', ')} is not complete`;
  return [state === 'stale' ? `${waiting}: answers are from a snapshot` : waiting];
}

interface Asked {
  readonly name: Name;
  readonly type: number;
  readonly publisher: Publisher;
  readonly options: ClusterZonesOptions;
  readonly found: boolean;
  readonly exists: boolean;
}

function placeReasons(place: ClusterName, { name, type, publisher, options, found, exists }: Asked): string[] {
  const { store } = publisher;
  if (place.of === 'service' && !store.knowsServices(place.namespace))
    return [
      `Services or EndpointSlices of namespace "${place.namespace}" may not be listed${found ? ': this is of a snapshot' : ', so its names are not known'}`,
    ];
  if (place.of === 'service') return serviceReasons(store, place, type, found, exists);
  if (place.of === 'nothing')
    return exists || found
      ? ['a name every cluster has']
      : [`names of the cluster end in svc.${nameToText(options.clusterDomain)} or pod.${nameToText(options.clusterDomain)}`];
  if ((place.of === 'pod' || place.branch === 'pod') && options.pods === 'disabled') return ['Pods have no names here (--pods disabled)'];
  if (!store.hasNamespace(place.namespace)) return [`there is no namespace "${place.namespace}"`];
  if (place.of === 'namespace') return [`the name of namespace "${place.namespace}" has no records of its own`];
  if (publisher.podsUnknown || publisher.unknown.includes(`${place.namespace}.pod`))
    return ['Pods may not be listed, so none can be verified (--pods verified)'];
  if (place.labels.length > 1 || parseDashed(place.labels[0]!) === undefined)
    return [`"${labelsOf(name).slice(0, place.labels.length).join('.')}" is no address written with hyphens, such as 10-0-0-1`];
  if (exists)
    return found
      ? [options.pods === 'verified' ? 'a Pod of the namespace has this address' : 'any address is a name (--pods insecure)']
      : ['the address is of the other family'];
  return [`no Pod of namespace "${place.namespace}" has this address (--pods verified)`];
}

function addressReasons(name: Name, zone: Zone | undefined, services: readonly ServiceExplanation[]): string[] {
  if (zone === undefined) return ['the name lies in none of our zones'];
  if (services.length > 0) return [`the address is of ${services.map(({ key }) => key).join(', ')}`];
  return readReverseName(name) === undefined ? ['the name spells no address'] : ['no Service and no endpoint has the address'];
}

/** Whether the last alias leads to a name that was passed before. */
function isRing(name: Name, chain: readonly string[]): boolean {
  const last = chain.at(-1) ?? '';
  return last === nameToText(name) || chain.indexOf(last) < chain.length - 1;
}

/** Where aliases lead, the last name among them even when it is not ours. */
function chainOf(keys: readonly Key[], publisher: Publisher): string[] {
  const targets = keys.map((key) => nameFromText(publisher.published(key)?.externalName ?? ''));
  return targets.filter((target) => target !== undefined && target !== ROOT).map((target) => nameToText(target!));
}
