/** Decides whether an upstream is asked: a circuit breaker on silence, on failures, and on the share of errors where others have answers. */
import type { State } from './observer.ts';

/** Failures in a row that open it. One or two lost datagrams are normal. */
const MAX_FAILURES = 5;
/** ms of silence that open it, together with MAX_FAILURES late replies: a busy upstream may pause while many questions wait for it. */
const MAX_SILENCE = 200;
/** Weight of one reply in the share of errors: fourteen errors in a row raise it from 0 to above one half. */
const WEIGHT = 0.05;
const MAX_ERROR_SHARE = 0.5;
/** ms: an upstream that goes down again this soon after it was down had not recovered. */
const RELAPSE = 10_000;

export class Breaker {
  readonly #changed: (state: State) => void;
  #state: State = 'up';
  /** Clock.monotonic() of the last change: questions asked before it do not count. */
  #since = -Infinity;
  #failures = 0;
  /** When the first of these was asked. */
  #silentSince = 0;
  #errorShare = 0;
  #relapses = 0;
  #recoveredAt = -Infinity;

  constructor(changed: (state: State) => void) {
    this.#changed = changed;
  }

  get state(): State {
    return this.#state;
  }

  /** Clock.monotonic() of the last change; -Infinity before the first. */
  get since(): number {
    return this.#since;
  }

  /** How many times in a row it went down again soon after it had answered. */
  get relapses(): number {
    return this.#relapses;
  }

  /** A usable reply to a question or a probe sent at `askedAt`. */
  succeeded(askedAt: number, now: number): void {
    this.#failures = 0;
    this.#errorShare -= this.#errorShare * WEIGHT;
    if (this.#state === 'trial' && askedAt >= this.#since) this.#enter('up', now);
    // It may still be too slow compared to the others: it is tried with one question first.
    else if (this.#state === 'down') this.#enter('trial', now);
  }

  /** A failed exchange: broken, or without a reply. */
  failed(askedAt: number, now: number): void {
    if (this.#count(askedAt)) this.#enter('down', now);
  }

  /** No reply in time to a question that another upstream answered. */
  late(askedAt: number, now: number): void {
    if (this.#count(askedAt) && (this.#state === 'trial' || now - this.#silentSince >= MAX_SILENCE)) this.#enter('down', now);
  }

  /** Nothing was received since `askedAt`, when its liveness was first tested. Not a relapse: no client's question failed because of it alone. */
  silent(askedAt: number, now: number): void {
    if (askedAt < this.#since || (this.#state !== 'up' && this.#state !== 'trial')) return;
    this.#enter('down', now);
    this.#relapses = 0;
  }

  /** Counts a failure; returns whether it is one too many. */
  #count(askedAt: number): boolean {
    if (askedAt < this.#since) return false;
    if (this.#failures++ === 0) this.#silentSince = askedAt;
    return this.#state === 'trial' || (this.#state === 'up' && this.#failures >= MAX_FAILURES);
  }

  /** An error reply to a question that another upstream answered. */
  erred(askedAt: number, now: number): void {
    if (askedAt < this.#since) return;
    this.#errorShare += (1 - this.#errorShare) * WEIGHT;
    if (this.#state === 'trial' || (this.#state === 'up' && this.#errorShare > MAX_ERROR_SHARE)) this.#enter('down', now);
  }

  /** Its questions come back to us, or no longer do. */
  looped(loops: boolean, now: number): void {
    if (loops !== (this.#state === 'loop')) this.#enter(loops ? 'loop' : 'up', now);
  }

  #enter(state: State, now: number): void {
    if (state === 'down') this.#relapses = now - this.#recoveredAt < RELAPSE ? this.#relapses + 1 : 0;
    else this.#recoveredAt = now;
    if (state === 'up') this.#failures = this.#errorShare = 0;
    this.#state = state;
    this.#since = now;
    this.#changed(state);
  }
}
