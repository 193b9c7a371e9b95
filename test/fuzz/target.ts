/** A fuzz target: code that takes octets and must cope with any of them. */

export interface Target {
  /** Also the name of the folder with its seeds in `corpus/`. */
  readonly name: string;
  /** Pieces worth inserting, besides those in the seeds. */
  readonly words: readonly string[];
  /** Throws or rejects when the code misbehaves. Errors that it documents for bad input are not rethrown. */
  run(input: Uint8Array): void | Promise<void>;
}

/** Fails the input, with a description of the misbehaviour. */
export function fail(what: string): never {
  throw new Error(what);
}
