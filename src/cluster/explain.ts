/** Explains our zones' answer to a question, on the control thread: which objects it is made from, or why there is none. */
import { isOfTrustChain, Rcode, Type, typeName } from '../wire/iana.ts';
import { isWithin, nameFromText, nameToText, ROOT, type Name } from '../wire/name.ts';
import { rdataToText } from '../wire/rdata.ts';
import { answerRecords } from '../wire/splice.ts';
import { MAX_CHAIN, type Zone, type ZoneAnswer } from '../zone/zone.ts';
import { Zones } from '../zone/zones.ts';
import { readClusterName, type ClusterName } from './cluster-name.ts';
import { absenceReasons, addressReasons, placeReasons, type Asked, type ExplainOptions } from './explain-reasons.ts';
import { describeService } from './explain-service.ts';
import type { Explanation } from './explanation.ts';
import type { Key } from './model.ts';
import { nearMisses } from './near.ts';
import { toOctets } from './octets.ts';
import type { Publisher } from './publisher.ts';
import { readReverseName } from './reverse-name.ts';
import { ClusterZones, type ClusterZonesOptions } from './zones.ts';

/** `publisher` and `options` are those of the running server. */
export function explain(name: Name, type: number, publisher: Publisher, options: ExplainOptions): Explanation {
  const { store, state } = publisher;
  const places = placesOf(name, publisher, options.clusterDomain);
  const keys = keysOf(name, type, places, publisher, options);
  const zones = zonesOf(places, keys, publisher, options);
  const zone = new Zones(zones.all).find(name);
  const answer = zone?.lookup(name, type);
  const services = keys.map((key) => describeService(store, key)).filter((service) => service !== undefined);
  const outcome = outcomeOf(zone, type, answer, state);
  const chain = chainOf(serviceKeys(places), publisher);
  const asked: Asked = { name, type, publisher, options, zones, found: outcome === 'answer', exists: answer !== undefined };
  const reasonsOf = (): string[] => {
    if (places.length === 0) return addressReasons(name, type, zone, services);
    if (outcome === 'nodata' && chain.length > MAX_CHAIN) return [`its aliases lead on through more than ${MAX_CHAIN} names`];
    if (outcome === 'nodata' && isRing(name, chain)) return [`its aliases lead round in a ring: ${chain.join(' → ')}`];
    return [...placeReasons(places, asked), ...(outcome === 'nxdomain' ? absenceReasons(places, asked) : [])];
  };
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

/** Returns what the name refers to, then what its aliases lead to, as long as those are in the cluster's zone; empty for a name outside it. */
function placesOf(name: Name, publisher: Publisher, clusterDomain: Name): ClusterName[] {
  const places: ClusterName[] = [];
  const passed = new Set<Key>();
  for (let at: Name | undefined = name; at !== undefined && isWithin(at, clusterDomain);) {
    const place = readClusterName(at, clusterDomain);
    if (place.of === 'service' && passed.has(place.key)) break;
    places.push(place);
    if (place.of !== 'service' || passed.size === MAX_CHAIN) break;
    passed.add(place.key);
    at = nameFromText(publisher.published(place.key)?.externalName ?? '');
  }
  return places;
}

/** Returns the Services the answer depends on: those that the places refer to, those with the address, or the zones' nameservers. */
function keysOf(
  name: Name,
  type: number,
  places: readonly ClusterName[],
  publisher: Publisher,
  { clusterDomain, reverseZones, ownAddresses }: ExplainOptions,
): Key[] {
  if (type === Type.NS && [clusterDomain, ...reverseZones].includes(name))
    return [...new Set(ownAddresses.flatMap((address) => publisher.holdersOf(toOctets(address))))];
  if (places.length > 0) return serviceKeys(places);
  const address = readReverseName(name);
  if (address === undefined || address.nibbles.length < address.size * 2) return [];
  return publisher.holdersOf(Buffer.from(address.nibbles, 'hex').toString('latin1'));
}

function serviceKeys(places: readonly ClusterName[]): Key[] {
  return places.flatMap((place) => (place.of === 'service' ? [place.key] : []));
}

/** Builds zones from only what the answer depends on, so that the same code produces the answer and its explanation. */
function zonesOf(places: readonly ClusterName[], keys: readonly Key[], publisher: Publisher, options: ClusterZonesOptions): ClusterZones {
  const zones = new ClusterZones(options);
  const { namespaces, pods } = publisher.snapshot();
  const services = keys.map((key) => publisher.published(key)).filter((service) => service !== undefined);
  zones.apply({
    serial: publisher.serial,
    state: publisher.state,
    services,
    removedServices: [],
    namespaces: { added: namespaces, removed: [] },
    pods: { added: places.some(({ of }) => of === 'pod') ? pods : [], removed: [] },
    ...(publisher.podsUnknown && { podsUnknown: true }),
    unknown: publisher.unknown,
  });
  return zones;
}

function outcomeOf(
  zone: Zone | undefined,
  type: number,
  answer: ZoneAnswer | undefined,
  state: Publisher['state'],
): Explanation['outcome'] {
  if (zone === undefined) return 'outside';
  if (state === 'loading') return 'notReady';
  if (answer?.rcode === Rcode.SERVFAIL) return 'notReady';
  if (zone.fallthrough && (answer === undefined || isOfTrustChain(type))) return 'outside';
  if (answer === undefined) return 'nxdomain';
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

/** Reports whether the last alias leads back to a name already passed. */
function isRing(name: Name, chain: readonly string[]): boolean {
  const last = chain.at(-1) ?? '';
  return last === nameToText(name) || chain.indexOf(last) < chain.length - 1;
}

/** Returns the targets of the aliases, including the last even when it is outside our zones. */
function chainOf(keys: readonly Key[], publisher: Publisher): string[] {
  const targets = keys.map((key) => nameFromText(publisher.published(key)?.externalName ?? ''));
  return targets.filter((target) => target !== undefined && target !== ROOT).map((target) => nameToText(target!));
}
