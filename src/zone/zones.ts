/** The zones a server is authoritative for, and which of them a name lies in (RFC 1034 section 4.3.2 step 2). */
import { isWithin, type Name } from '../wire/name.ts';
import type { Zone } from './zone.ts';

export class Zones {
  /** Longest apex first, so that the first match is the closest. */
  readonly all: readonly Zone[];

  constructor(zones: readonly Zone[]) {
    this.all = zones.toSorted((a, b) => b.apex.length - a.apex.length);
  }

  /** The zone nearest above `name`, or undefined: the name is not ours. */
  find(name: Name): Zone | undefined {
    for (const zone of this.all) if (isWithin(name, zone.apex)) return zone;
    return undefined;
  }
}
