/** Whether an upstream is to be asked: a circuit breaker on silence, on failures, and on the share of errors that others have answers for. */
import type { State } from './observer.ts';

/** Failures in a row that open it. One or two lost datagrams are everyday. */
const MAX_FAILURES = 5;
/** ms of silence that open it, with as many late replies: a busy upstream may pause for a while, and many are waiting for it then. */
const MAX_SILENCE = 200;
/** Weight of one reply in the share of errors: fourteen bad ones in a row bring it from 0 above a half. */
const WEIGHT = 0.05;
const MAX_ERROR_SHARE = 0.5;
/** ms: what goes down again so soon after it was down has not recovered. */
const RELAPSE = 10_000;

export class Breaker {
  readonly #changed: (state: State) => void;
  #state: State = 'up';
  /** Clock.monotonic() of the last change: what was asked before says nothing about it. */
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

  /** How often in a row it went down again soon after it had answered. */
  get relapses(): number {
    return this.#relapses;
  }

  /** A reply that helps, to a question or a probe of `askedAt`. */
  succeeded(askedAt: number, now: number): void {
    this.#failures = 0;
    this.#errorShare -= this.#errorShare * WEIGHT;
    if (this.#state === 'trial' && askedAt >= this.#since) this.#enter('up', now);
    // Others may still say it is too slow: it proves itself with one question first.
    else if (this.#state === 'down') this.#enter('trial', now);
  }

  /** A broken exchange, or one that nobody answers. */
  failed(askedAt: number, now: number): void {
    if (this.#count(askedAt)) this.#enter('down', now);
  }

  /** No reply in time, to a question that another upstream could answer. */
  late(askedAt: number, now: number): void {
    if (this.#count(askedAt) && (this.#state === 'trial' || now - this.#silentSince >= MAX_SILENCE)) this.#enter('down', now);
  }

  /** Nothing at all was heard since `askedAt`, when it was asked whether it is there. Not a relapse: no question of a client went wrong by it alone. */
  silent(askedAt: number, now: number): void {
    if (askedAt < this.#since || (this.#state !== 'up' && this.#state !== 'trial')) return;
    this.#enter('down', now);
    this.#relapses = 0;
  }

  /** Whether that is one too many. */
  #count(askedAt: number): boolean {
    if (askedAt < this.#since) return false;
    if (this.#failures++ === 0) this.#silentSince = askedAt;
    return this.#state === 'trial' || (this.#state === 'up' && this.#failures >= MAX_FAILURES);
  }

  /** A reply that is an error, to a question that another upstream could answer. */
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
