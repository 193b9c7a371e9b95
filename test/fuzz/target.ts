/** What is fuzzed: something that takes octets and must bear any of them. */

export interface Target {
  /** Also the folder of its seeds below `corpus/`. */
  readonly name: string;
  /** Pieces worth putting in, besides what the seeds hold. */
  readonly words: readonly string[];
  /** Throws, or rejects, when what is fuzzed did what it must not. Errors that the code promises for bad input are not thrown on. */
  run(input: Uint8Array): void | Promise<void>;
}

/** Fails the input with what was found. */
export function fail(what: string): never {
  throw new Error(what);
}
