/** Names that no upstream is asked for: `localhost` (RFC 6761 section 6.3), `onion` (RFC 7686) and `resolver.arpa` (RFC 9462 section 8). */
import { Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { isWithin, nameFromText, type Name } from '../wire/name.ts';
import { BodyWriter } from '../wire/records.ts';
import { addDenialSoa } from './denial-soa.ts';
import type { Handler, Stage } from './handler.ts';

interface SpecialZone {
  readonly apex: Name;
  /** Whether any name in it exists. */
  readonly exists: boolean;
  /** Addresses of its names. */
  readonly addresses: ReadonlyMap<number, Uint8Array>;
}

/** Seconds: nothing of this changes. As for the empty zones of RFC 6303 section 3. */
const TTL = 10_800;

const LOOPBACK: ReadonlyMap<number, Uint8Array> = new Map([
  [Type.A, Uint8Array.of(127, 0, 0, 1)],
  [Type.AAAA, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
]);
const NO_ADDRESSES: ReadonlyMap<number, Uint8Array> = new Map();

/**
 * `resolver.arpa` is not forwarded, because clients that switched to a resolver that an upstream designates would lose the cluster's names. Left out
 * are `invalid`, for which every upstream gives the same answer, and names that private networks use: `test`, `local`, and the zones of private
 * addresses (RFC 6303).
 */
const zones: readonly SpecialZone[] = [
  { apex: nameFromText('localhost')!, exists: true, addresses: LOOPBACK },
  { apex: nameFromText('onion')!, exists: false, addresses: NO_ADDRESSES },
  { apex: nameFromText('resolver.arpa')!, exists: true, addresses: NO_ADDRESSES },
];

/** Placed after hosts files, which may know better. `routeOf`: the zone whose upstreams are named for a name; where it is a special one, they are asked. */
export function specialNames(routeOf: (name: Name) => Name): Stage {
  return (next: Handler) => (query) => {
    const zone = specialZoneOf(query.name);
    return zone === undefined || isWithin(routeOf(query.name), zone.apex) ? next(query) : answerOf(zone, query.name, query.type);
  };
}

function specialZoneOf(name: Name): SpecialZone | undefined {
  for (const zone of zones) if (isWithin(name, zone.apex)) return zone;
  return undefined;
}

function answerOf({ apex, exists, addresses }: SpecialZone, name: Name, type: number): Answer {
  const body = new BodyWriter(name);
  const address = addresses.get(type);
  if (address !== undefined) body.add('answers', name, type, TTL, address);
  else addDenialSoa(body, apex, TTL);
  return body.answer(exists ? Rcode.NOERROR : Rcode.NXDOMAIN, true, Source.server);
}
