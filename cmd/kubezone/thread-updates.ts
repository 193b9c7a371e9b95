/** What one serving thread is told of the cluster, and how far it has taken it. */
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Command, Report } from './messages.ts';

/** Updates under way at most: the next one is made while one is applied, and no more than these come to a thread within one turn. */
const UNDER_WAY = 2;

export class ThreadUpdates {
  readonly #tell: (command: Command) => void;
  #ahead = 0;
  #hangs = false;
  /** What its zones are being made anew from. */
  #rebuild: Iterator<ClusterUpdate> | undefined;
  #isRebuilding = false;

  constructor(tell: (command: Command) => void) {
    this.#tell = tell;
  }

  /** Whether it is to take something before more is posted, and is thought to take it. */
  get isBehind(): boolean {
    return this.#ahead >= UNDER_WAY && !this.#hangs;
  }

  /** It is waited for no more, until it takes something. */
  giveUp(): void {
    this.#hangs = this.#ahead > 0;
  }

  post(update: ClusterUpdate): void {
    this.#ahead++;
    this.#tell({ kind: 'update', update });
  }

  /** Makes its zones anew, one update at a time: what is posted comes between them. Takes the place of what another one has yet to tell. */
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
      this.#tell({ kind: 'rebuild', update: next.value });
    }
  }
}
