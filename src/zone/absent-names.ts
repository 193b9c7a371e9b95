/** Names that a zone does not have, of those asked lately: each pod's search path asks for the same ones again and again (RFC 8020). */
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import type { Name } from '../wire/name.ts';

/** Holds each at the place where it is known (known-names.ts), so that any number of them take no more memory. */
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
