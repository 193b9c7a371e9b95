/** What a serving thread does with a name: which of its stages answers, what its cache has, and which upstreams it would ask. */
import { systemClock } from '../../src/clock.ts';
import { actionNames } from '../../src/query/filter/action.ts';
import { isOfTrustChain, rcodeName, typeName } from '../../src/wire/iana.ts';
import { nameToText, type Name } from '../../src/wire/name.ts';
import { QueryReader, type Query } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import type { DataPlane } from './data-plane.ts';
import type { CacheLine, OutsideExplanation, ServingExplanation } from './full-explanation.ts';

export function explainServing(plane: DataPlane, name: Name, type: number): ServingExplanation {
  const zone = plane.zones.find(name);
  const isOurs = zone !== undefined && (zone.state === 'loading' || !zone.fallthrough || (zone.hasRecords(name) && !isOfTrustChain(type)));
  if (!isOurs) return explainOutside(plane, name, type);
  const target = zone.state === 'loading' ? undefined : zone.lookup(name, type)?.outside;
  const forwardZone = nameToText(plane.route({ name, type }).zone);
  const ours = { stage: 'authority', cached: [], upstreams: [], forwardZone } as const;
  return target === undefined ? ours : { ...ours, target: { name: nameToText(target), ...explainOutside(plane, target, type) } };
}

export function cacheLines({ cache }: DataPlane, name: Name): CacheLine[] {
  return cache
    .inspect(name)
    .map((entry) => ({ ...entry, name: nameToText(entry.name), type: typeName(entry.type), rcode: rcodeName(entry.rcode) }));
}

/** Explains a name outside our zones, in the order of the stages behind the authority. */
function explainOutside(plane: DataPlane, name: Name, type: number): OutsideExplanation {
  const cached = cacheLines(plane, name);
  const { zone, upstreams } = plane.route({ name, type });
  const asked = {
    cached,
    upstreams: upstreams.map(({ url, state, roundTrip }) => ({ url, state, roundTrip: roundTrip.smoothed })),
    forwardZone: nameToText(zone),
  };
  const policy = plane.policyOn(name);
  const known = policy && { list: policy.list, action: actionNames[policy.action]! };
  if (known !== undefined && known.action !== 'passthru') return { stage: 'filter', ...asked, upstreams: [], policy: known };
  const query = question(name, type);
  if (plane.hostsHave(query)) return { stage: 'hosts', ...asked, upstreams: [] };
  if (plane.isSpecial(query)) return { stage: 'specialNames', ...asked, upstreams: [] };
  const isCached = cached.some((entry) => entry.type === typeName(type) && entry.state === 'fresh');
  return { stage: isCached ? 'cache' : 'forward', ...asked, ...(known && { policy: known }) };
}

/** Makes the query that a client on this machine would send. */
function question(name: Name, type: number): Query {
  const packet = writeQuestion({ name, type, dnssecOk: false, checkingDisabled: false }, 0, 512);
  const client = { address: Uint8Array.of(127, 0, 0, 1), port: 0, transport: 'tcp' } as const;
  const reader = new QueryReader(client);
  reader.read(packet, packet.length, client, systemClock.monotonic());
  return reader.query;
}
