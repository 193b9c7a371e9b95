/** Waits for the effects of real sockets and files without a fixed sleep. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves when `holds` returns true; rejects after `limit` ms of real time with the text of `shown`. `between` runs before each further check. */
export async function until(
  holds: () => boolean,
  {
    limit = 15_000,
    shown = () => holds.toString(),
    between = () => wait(2),
  }: { limit?: number; shown?: () => string; between?: () => Promise<unknown> } = {},
): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${shown()}`);
    await between();
  }
}
