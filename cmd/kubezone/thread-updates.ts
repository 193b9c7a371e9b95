/** The cluster updates sent to one serving thread, and how many of them it has yet to take. */
import { toPosted, type PostedUpdate } from '../../src/cluster/posted-update.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Command, Report } from './messages.ts';

/** Updates under way at most: the next one is made while one is applied, and a thread gets no more than these within one turn. */
const UNDER_WAY = 2;

export class ThreadUpdates {
  readonly #tell: (command: Command) => void;
  #ahead = 0;
  #hangs = false;
  /** The updates that its zones are being rebuilt from. */
  #rebuild: Iterator<ClusterUpdate> | undefined;
  #isRebuilding = false;

  constructor(tell: (command: Command) => void) {
    this.#tell = tell;
  }

  /** Whether it has to take something before more is posted, and is believed to do so. */
  get isBehind(): boolean {
    return this.#ahead >= UNDER_WAY && !this.#hangs;
  }

  /** Stops waiting for it until it takes something. */
  giveUp(): void {
    this.#hangs = this.#ahead > 0;
  }

  post(update: PostedUpdate): void {
    this.#ahead++;
    this.#tell({ kind: 'update', update });
  }

  /** Rebuilds its zones, one update at a time, with posted updates in between. Replaces what is left of an earlier rebuild. */
  rebuild(updates: Iterable<ClusterUpdate>): void {
    this.#rebuild = updates[Symbol.iterator]();
    if (!this.#isRebuilding) this.#rebuildSome();
  }

  taken(of: (Report & { kind: 'taken' })['of']): void {
    this.#hangs = false;
    if (of === 'update') this.#ahead--;
    else {
      this.#isRebuilding = false;
      this.#rebuildSome();
    }
  }

  #rebuildSome(): void {
    const next = this.#rebuild?.next();
    if (next === undefined) return;
    if (next.done === true) {
      this.#rebuild = undefined;
      this.#tell({ kind: 'rebuilt' });
    } else {
      this.#isRebuilding = true;
      this.#tell({ kind: 'rebuild', update: toPosted(next.value) });
    }
  }
}
