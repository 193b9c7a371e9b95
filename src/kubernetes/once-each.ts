/** Passes each message on once, lest an object that changes every second fill the log with its problem. */

/** Messages remembered; with more than these some are repeated. */
const REMEMBERED = 1_000;

export function onceEach(tell: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message)) return;
    if (told.size === REMEMBERED) told.clear();
    told.add(message);
    tell(message);
  };
}
