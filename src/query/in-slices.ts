/** Long work in small parts, so that a thread that answers queries comes to them in between. */
import type { Clock } from '../clock.ts';

/** Work that may be interrupted wherever it yields, and returns its result. A part takes well under a millisecond. */
export type Work<Result> = Generator<undefined, Result>;

/** Ms of work per turn of the event loop. */
const SLICE = 2;

/** Resolves to the result, or rejects with the signal's reason if it is aborted first. */
export async function inSlices<Result>(work: Work<Result>, clock: Clock, signal: AbortSignal): Promise<Result> {
  for (;;) {
    const end = clock.monotonic() + SLICE;
    do {
      const part = work.next();
      if (part.done === true) return part.value;
    } while (clock.monotonic() < end);
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}

/** Does all of it now, where nothing waits yet. */
export function atOnce<Result>(work: Work<Result>): Result {
  for (;;) {
    const part = work.next();
    if (part.done === true) return part.value;
  }
}
