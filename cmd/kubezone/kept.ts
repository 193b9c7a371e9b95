/** Keeps the last value made until its input changes, so that stages which count clients survive a reload. */
import { isDeepStrictEqual } from 'node:util';

/** Calls `make` only when the input differs from the last one. */
export function kept<From, Made>(make: (from: From) => Made): (from: From) => Made {
  let last: { readonly from: From; readonly made: Made } | undefined;
  return (from) => {
    if (last === undefined || !isDeepStrictEqual(last.from, from)) last = { from, made: make(from) };
    return last.made;
  };
}
