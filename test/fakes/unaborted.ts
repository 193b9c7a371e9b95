/** A signal for what takes one, where the test never aborts. */
export function unaborted(): AbortSignal {
  return new AbortController().signal;
}
