/** The zones a server is authoritative for, and which of them a name lies in (RFC 1034 section 4.3.2 step 2). */
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import { isWithin, type Name } from '../wire/name.ts';
import type { Zone } from './zone.ts';

export class Zones {
  /** Longest apex first, so that the first match is the closest. */
  readonly all: readonly Zone[];
  /** Which zone, counted from 1, the name last asked for at a place was in; 0: none. Small enough to stay in the processor's cache. */
  readonly #lastAt = new Uint16Array(PLACES);

  constructor(zones: readonly Zone[]) {
    this.all = zones.toSorted((a, b) => b.apex.length - a.apex.length);
  }

  /** The zone nearest above `name`, or undefined: the name is not ours. `place`: Query.place. */
  find(name: Name, place: number = NOWHERE): Zone | undefined {
    const last = place === NOWHERE ? 0 : this.#lastAt[place]!;
    // A zone that was asked for the name before need not compare it with its apex.
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
