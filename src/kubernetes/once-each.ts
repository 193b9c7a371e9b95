/** Tells each message once, lest an object that changes every second fills the log with what is wrong with it. */

/** Messages remembered; with more than these some are told again. */
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
