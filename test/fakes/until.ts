/** Waiting for what real sockets and files bring about, without a fixed sleep. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves when `holds`; fails after `limit` real ms with what `shown` gives. `between` runs before each further look. */
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
