/** Keeps the last value made until what it is made from changes: stages that count clients survive a reload. */
import { isDeepStrictEqual } from 'node:util';

/** Makes anew only when what it is made from differs from the last time. */
export function kept<From, Made>(make: (from: From) => Made): (from: From) => Made {
  let last: { readonly from: From; readonly made: Made } | undefined;
  return (from) => {
    if (last === undefined || !isDeepStrictEqual(last.from, from)) last = { from, made: make(from) };
    return last.made;
  };
}
