/** Answers made ready at their first question, by name and type, so that the second one costs a look at where its name is known. */
import type { Answer } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import type { Name } from '../wire/name.ts';

/** The answers of one name; those asked most in fields of their own. */
interface OfName<A> {
  /** As it was asked last; undefined once it is dropped. */
  name: Name | undefined;
  a: A | undefined;
  aaaa: A | undefined;
  srv: A | undefined;
  others: Map<number, A> | undefined;
  /** The answer for every other type but `except`, so that a name asked for all 65,535 takes no more than for one. */
  rest: A | undefined;
  except: readonly number[];
}

const NO_TYPES: readonly number[] = [];

/** What a name and an answer take beside the body, octets, about. */
const NAME_COST = 300;
const ANSWER_COST = 400;

export class PreparedAnswers<A extends Answer> {
  readonly #byName = new Map<Name, OfName<A>>();
  /** By Query.place, of names asked lately; whatever stands there, its name decides. */
  readonly #atPlace = new Array<OfName<A> | undefined>(PLACES).fill(undefined);
  #octets = 0;

  /**
   * Octets put in since the last `clear`, about. What was dropped still counts: so clearing at a limit bounds also what others keep about the
   * names they put in.
   */
  get octets(): number {
    return this.#octets;
  }

  /** Whether any answer of `name` is found by its place alone. */
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

  /** The answer for all types but `except`, A and AAAA. */
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
    // Where it is known by its place, nothing is to be found, nor kept.
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
