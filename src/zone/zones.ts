/** The zones a server is authoritative for, and the search for the one that contains a name (RFC 1034 section 4.3.2 step 2). */
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import { isWithin, type Name } from '../wire/name.ts';
import type { Zone } from './zone.ts';

export class Zones {
  /** Longest apex first, so that the first match is the closest. */
  readonly all: readonly Zone[];
  /** For each place, the number (from 1) of the zone of the name that was last queried there; 0: none. Small enough for the processor's cache. */
  readonly #lastAt = new Uint16Array(PLACES);

  constructor(zones: readonly Zone[]) {
    this.all = zones.toSorted((a, b) => b.apex.length - a.apex.length);
  }

  /** The closest zone that contains `name`; undefined if none does. `place`: Query.place. */
  find(name: Name, place: number = NOWHERE): Zone | undefined {
    const last = place === NOWHERE ? 0 : this.#lastAt[place]!;
    // A zone that remembers the name contains it: no need to compare it with the apex.
    if (last !== 0 && this.all[last - 1]!.remembers(name, place)) return this.all[last - 1];
    const index = this.#indexFor(name);
    if (place !== NOWHERE) this.#lastAt[place] = index + 1;
    return this.all[index];
  }

  #indexFor(name: Name): number {
    for (let index = 0; index < this.all.length; index++) if (isWithin(name, this.all[index]!.apex)) return index;
    return -1;
  }
}
