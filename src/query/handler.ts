/** The one shape of every stage of answering: it takes the next handler and returns a handler. */
import type { Answer } from '../wire/answer.ts';
import type { Query } from '../wire/query.ts';

/** An answer, or undefined: nothing is to be sent. */
export type Outcome = Answer | undefined;

/**
 * A value when the answer is known; a promise only when something is asked elsewhere. The query is the caller's to reuse once the call has
 * returned: a stage that goes on later keeps a copy (`keepQuery`). A promise that rejects is our fault and becomes SERVFAIL.
 */
export type Handler = (query: Query) => Outcome | Promise<Outcome>;

export type Stage = (next: Handler) => Handler;

/** Nests `stages`, the first outermost, around `last`. Done once, at start. */
export function compose(stages: readonly Stage[], last: Handler): Handler {
  return stages.reduceRight<Handler>((next, stage) => stage(next), last);
}
