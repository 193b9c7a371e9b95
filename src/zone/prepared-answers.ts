/** Answers made ready at their first question, by name and type, so that the second one costs a look into a map. */
import type { Answer } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { NOWHERE, PLACES } from '../wire/known-names.ts';
import type { Name } from '../wire/name.ts';

/** The answers of one name; those asked most in fields of their own. */
interface OfName<A> {
  readonly name: Name;
  a: A | undefined;
  aaaa: A | undefined;
  others: Map<number, A> | undefined;
  /** The generation in which there was no such name; NEVER of those that are in the map. */
  absentIn: number;
}

/** What a name and an answer take beside the body, octets, about. */
const NAME_COST = 300;
const ANSWER_COST = 400;

export class PreparedAnswers<A extends Answer> {
  readonly #byName = new Map<Name, OfName<A>>();
  /** What was found for the name that is known at a place (known-names.ts): a shorter way than the map's. Also names that are absent. */
  readonly #near = new Array<OfName<A> | undefined>(PLACES).fill(undefined);
  readonly #absent: A;
  #generation = 0;
  #octets = 0;

  /** `absent` is found for names that were said to be absent. */
  constructor(absent: A) {
    this.#absent = absent;
  }

  /**
   * Octets put in since the last `clear`, about. What was dropped still counts: so clearing at a limit bounds also what others keep about the
   * names they put in.
   */
  get octets(): number {
    return this.#octets;
  }

  /** `place`: Query.place. */
  find(name: Name, type: number, place: number = NOWHERE): A | undefined {
    const known = this.#ofName(name, place);
    if (known === undefined) return undefined;
    if (known.absentIn === this.#generation) return this.#absent;
    return type === Type.A ? known.a : type === Type.AAAA ? known.aaaa : known.others?.get(type);
  }

  put(name: Name, type: number, answer: A): void {
    let known = this.#byName.get(name);
    if (known === undefined) {
      known = ofName(name, NEVER);
      this.#byName.set(name, known);
      this.#octets += NAME_COST;
    }
    if (type === Type.A) known.a = answer;
    else if (type === Type.AAAA) known.aaaa = answer;
    else (known.others ??= new Map()).set(type, answer);
    this.#octets += ANSWER_COST + answer.body.length;
  }

  /** There is no such name until `forgetAbsent`. Remembered only where the name has a place, so that any number of them take no memory. */
  putAbsent(name: Name, place: number): void {
    if (place === NOWHERE) return;
    const near = this.#near[place];
    if (near?.name === name && near.absentIn !== NEVER) near.absentIn = this.#generation;
    else this.#near[place] = ofName(name, this.#generation);
  }

  forgetAbsent(): void {
    this.#generation++;
  }

  drop(name: Name): void {
    const known = this.#byName.get(name);
    // It stays where it is, since its place knows it.
    if (known !== undefined) known.a = known.aaaa = known.others = undefined;
  }

  clear(): void {
    this.#byName.clear();
    this.#near.fill(undefined);
    this.#octets = 0;
  }

  #ofName(name: Name, place: number): OfName<A> | undefined {
    if (place === NOWHERE) return this.#byName.get(name);
    const near = this.#near[place];
    if (near?.name === name && (near.absentIn === NEVER || near.absentIn === this.#generation)) return near;
    const known = this.#byName.get(name);
    if (known !== undefined) this.#near[place] = known;
    return known;
  }
}

const NEVER = -1;

function ofName<A>(name: Name, absentIn: number): OfName<A> {
  return { name, a: undefined, aaaa: undefined, others: undefined, absentIn };
}
