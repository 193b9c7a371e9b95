/**
 * Recently queried names that a zone does not have, since every pod's search path produces the same ones again and again (RFC 8020); or that no
 * blocklist has.
 */
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import type { Name } from '../wire/name.ts';

/** Keeps each name at its place in the cache of known names (known-names.ts), so memory does not grow with the number of names. */
export class AbsentNames {
  readonly #names = new Array<Name | undefined>(PLACES).fill(undefined);
  #empty = true;

  /** `place`: Query.place. */
  has(name: Name, place: number): boolean {
    return place !== NOWHERE && this.#names[place] === name;
  }

  add(name: Name, place: number): void {
    if (place === NOWHERE) return;
    this.#names[place] = name;
    this.#empty = false;
  }

  clear(): void {
    if (!this.#empty) this.#names.fill(undefined);
    this.#empty = true;
  }
}
