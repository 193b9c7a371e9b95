/** What a serving thread is asked about itself, and its replies: plain values. */
import { rcodeName, typeName } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, ROOT, type Name } from '../../src/wire/name.ts';
import type { CacheLine, ServingExplanation } from './full-explanation.ts';
import type { DataPlane } from './data-plane.ts';
import type { Inquiry } from './messages.ts';

export function inquire(plane: DataPlane, inquiry: Inquiry): unknown {
  const { cache } = plane;
  switch (inquiry.kind) {
    case 'cache-inspect':
      return cacheLines(plane, nameFromText(inquiry.name) ?? ROOT);
    case 'cache-flush': {
      const name = nameFromText(inquiry.name ?? '.');
      const zone = nameFromText(inquiry.zone ?? '.');
      if (inquiry.name !== undefined && name !== undefined) return cache.flush({ name });
      return cache.flush(inquiry.zone !== undefined && zone !== undefined ? { zone } : { all: true });
    }
    case 'cache-statistics':
      return cache.statistics();
    case 'explain':
      return explainServing(plane, nameFromText(inquiry.name) ?? ROOT);
  }
}

function cacheLines({ cache }: DataPlane, name: Name): CacheLine[] {
  return cache
    .inspect(name)
    .map((entry) => ({ ...entry, name: nameToText(entry.name), type: typeName(entry.type), rcode: rcodeName(entry.rcode) }));
}

function explainServing(plane: DataPlane, name: Name): ServingExplanation {
  const cached = cacheLines(plane, name);
  const zone = plane.zones.find(name);
  const isOurs = zone !== undefined && (!zone.passesOn || zone.nodeAt(name) !== undefined);
  const { zone: forwardZone, upstreams } = plane.route(name);
  return {
    stage: isOurs ? 'authority' : cached.some(({ state }) => state === 'fresh') ? 'cache' : 'forward',
    cached,
    upstreams: isOurs ? [] : upstreams.map(({ url, state, roundTrip }) => ({ url, state, roundTrip: roundTrip.smoothed })),
    forwardZone: nameToText(forwardZone),
  };
}
