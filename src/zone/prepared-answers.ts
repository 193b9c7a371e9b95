/** Answers made ready at their first question, by name and type, so that the second one costs a look into a map. */
import type { Answer } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import type { Name } from '../wire/name.ts';

/** The answers of one name; those asked most in fields of their own. */
interface OfName<A> {
  a: A | undefined;
  aaaa: A | undefined;
  others: Map<number, A> | undefined;
}

/** What a name and an answer take beside the body, octets, about. */
const NAME_COST = 300;
const ANSWER_COST = 400;

export class PreparedAnswers<A extends Answer> {
  readonly #byName = new Map<Name, OfName<A>>();
  #octets = 0;

  /**
   * Octets put in since the last `clear`, about. What was dropped still counts: so clearing at a limit bounds also what others keep about the
   * names they put in.
   */
  get octets(): number {
    return this.#octets;
  }

  find(name: Name, type: number): A | undefined {
    const known = this.#byName.get(name);
    if (known === undefined) return undefined;
    return type === Type.A ? known.a : type === Type.AAAA ? known.aaaa : known.others?.get(type);
  }

  put(name: Name, type: number, answer: A): void {
    let known = this.#byName.get(name);
    if (known === undefined) {
      known = { a: undefined, aaaa: undefined, others: undefined };
      this.#byName.set(name, known);
      this.#octets += NAME_COST;
    }
    if (type === Type.A) known.a = answer;
    else if (type === Type.AAAA) known.aaaa = answer;
    else (known.others ??= new Map()).set(type, answer);
    this.#octets += ANSWER_COST + answer.body.length;
  }

  drop(name: Name): void {
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
    this.#octets = 0;
  }
}
