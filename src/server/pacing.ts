/** When a UDP socket is busy, and for how long its thread then waits for more packets, as network cards do with their interrupts. */
import { BATCH } from './udp-options.ts';

export interface Pacing {
  /** Packets in a turn's first batch from which on another is read in the same turn: a look costs less than to be woken again. */
  readonly busy: number;
  /** The same for the batches after it. */
  readonly stillBusy: number;
  /** µs to wait before each of them, so that more come: a larger batch takes less CPU per packet, also from its clients. */
  readonly pause: number;
}

/** Three times the pause saves 2 % more and triples the median latency at a third of the load; a lower `busy` saves nothing and adds to it too. */
const alone: Pacing = Object.freeze({ busy: BATCH / 4, stillBusy: BATCH / 4, pause: 50 });

/**
 * Each of several sockets on a port gets smaller batches, and would sleep after most of them. Four packets in 150 µs are 27,000 a second; fewer would
 * wait for little.
 */
const sharing: Pacing = Object.freeze({ busy: BATCH / 8, stillBusy: BATCH / 16, pause: 150 });

/** `isShared`: whether other sockets have the same port. Measured in docs/decisions/0020. */
export function pacingOf(isShared: boolean): Pacing {
  return isShared ? sharing : alone;
}
