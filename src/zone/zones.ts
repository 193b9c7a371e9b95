/** The zones a server is authoritative for, and which of them a name lies in (RFC 1034 section 4.3.2 step 2). */
import { NOWHERE } from '../wire/known-names.ts';
import { isWithin, type Name } from '../wire/name.ts';
import type { Zone } from './zone.ts';

export class Zones {
  /** Longest apex first, so that the first match is the closest. */
  readonly all: readonly Zone[];

  constructor(zones: readonly Zone[]) {
    this.all = zones.toSorted((a, b) => b.apex.length - a.apex.length);
  }

  /** The zone nearest above `name`, or undefined: the name is not ours. `place`: Query.place. */
  find(name: Name, place: number = NOWHERE): Zone | undefined {
    // A zone that was asked for the name before need not compare it with its apex.
    for (const zone of this.all) if (zone.remembers(name, place) || isWithin(name, zone.apex)) return zone;
    return undefined;
  }
}
