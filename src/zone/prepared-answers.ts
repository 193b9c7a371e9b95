/** A cache of answers by name and type: built for the first query, then found by the name's place alone (known-names.ts). */
import type { Answer } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import type { Name } from '../wire/name.ts';

/** The answers for one name; the most queried types have fields of their own. */
interface OfName<A> {
  /** The name, as the string of the last query; undefined once dropped. */
  name: Name | undefined;
  a: A | undefined;
  aaaa: A | undefined;
  srv: A | undefined;
  others: Map<number, A> | undefined;
  /** The answer for all types without one above, other than `except`, so that queries for all 65,535 types of a name take no more memory than one. */
  rest: A | undefined;
  except: readonly number[];
}

const NO_TYPES: readonly number[] = [];

/** Approximate octets that a name, and an answer without its body, take. */
const NAME_COST = 300;
const ANSWER_COST = 400;

export class PreparedAnswers<A extends Answer> {
  readonly #byName = new Map<Name, OfName<A>>();
  /** Entries of recently queried names, by Query.place; a place may hold another name's entry, so compare the name. */
  readonly #atPlace = new Array<OfName<A> | undefined>(PLACES).fill(undefined);
  #octets = 0;

  /**
   * Approximate octets put in since the last `clear`. Dropped answers still count, so clearing at a limit also bounds what the caller keeps for
   * each name it put in.
   */
  get octets(): number {
    return this.#octets;
  }

  /** Reports whether the answers for `name` can be found by its place alone. */
  isAt(name: Name, place: number): boolean {
    return place !== NOWHERE && this.#atPlace[place]?.name === name;
  }

  /** `place`: Query.place. */
  find(name: Name, type: number, place: number = NOWHERE): A | undefined {
    let known = place === NOWHERE ? undefined : this.#atPlace[place];
    if (known === undefined || known.name !== name) {
      known = this.#byName.get(name);
      if (known === undefined) return undefined;
      if (place !== NOWHERE) {
        known.name = name;
        this.#atPlace[place] = known;
      }
    }
    if (type === Type.A) return known.a;
    if (type === Type.AAAA) return known.aaaa;
    if (type === Type.SRV && known.srv !== undefined) return known.srv;
    return known.others?.get(type) ?? (known.except.includes(type) ? undefined : known.rest);
  }

  put(name: Name, type: number, answer: A): void {
    const known = this.#ofName(name);
    if (type === Type.A) known.a = answer;
    else if (type === Type.AAAA) known.aaaa = answer;
    else if (type === Type.SRV) known.srv = answer;
    else (known.others ??= new Map()).set(type, answer);
    this.#octets += ANSWER_COST + answer.body.length;
  }

  /** Stores the answer for all types except `except`, A and AAAA. */
  putRest(name: Name, except: readonly number[], answer: A): void {
    const known = this.#ofName(name);
    known.rest = answer;
    known.except = except;
    this.#octets += ANSWER_COST;
  }

  drop(name: Name): void {
    const known = this.#byName.get(name);
    if (known === undefined) return;
    this.#byName.delete(name);
    // #atPlace may still refer to the entry: empty it, so that nothing is found there or kept alive.
    known.name = known.a = known.aaaa = known.srv = known.others = known.rest = undefined;
  }

  clear(): void {
    this.#byName.clear();
    this.#atPlace.fill(undefined);
    this.#octets = 0;
  }

  #ofName(name: Name): OfName<A> {
    let known = this.#byName.get(name);
    if (known === undefined) {
      known = { name, a: undefined, aaaa: undefined, srv: undefined, others: undefined, rest: undefined, except: NO_TYPES };
      this.#byName.set(name, known);
      this.#octets += NAME_COST;
    }
    return known;
  }
}
