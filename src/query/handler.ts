/** The type of every stage of answering, a function from the next handler to a handler, and what stages do with outcomes. */
import type { Answer } from '../wire/answer.ts';
import type { Query } from '../wire/query.ts';

/** An answer; undefined: nothing is sent. */
export type Outcome = Answer | undefined;

/**
 * Returns a value when the answer is known, and a promise only when something has to be asked elsewhere. The caller may reuse the query once the call
 * has returned: a stage that continues later keeps a copy (`keepQuery`). A rejection is a bug here and becomes SERVFAIL.
 */
export type Handler = (query: Query) => Outcome | Promise<Outcome>;

export type Stage = (next: Handler) => Handler;

/** Nests `stages`, the first outermost, around `last`. Done once, at start. */
export function compose(stages: readonly Stage[], last: Handler): Handler {
  return stages.reduceRight<Handler>((next, stage) => stage(next), last);
}

/** Applies `then` to an outcome: at once where it is known, so that a known answer never waits for a promise. */
export function whenKnown(outcome: Outcome | Promise<Outcome>, then: (outcome: Outcome) => Outcome): Outcome | Promise<Outcome> {
  return outcome instanceof Promise ? outcome.then(then) : then(outcome);
}
