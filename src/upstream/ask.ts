/** Asks upstreams in turn, the next as soon as one fails or is late, and takes the first answer. */
import type { Clock, Timer } from '../clock.ts';
import type { Answer } from '../wire/answer.ts';
import type { Question } from '../wire/question.ts';
import type { WhenRead } from './datagrams.ts';
import type { Cause } from './exchange.ts';
import { MAX_PATIENCE } from './round-trip.ts';
import { isFailure, type Failure, type Upstream } from './upstream.ts';

export interface AskOptions {
  readonly clock: Clock;
  /** After this process has paused, timers run before the replies that came meanwhile are read. */
  readonly whenRead: WhenRead;
  /** ms for the whole question. */
  readonly budget: number;
  /** Whether to wait for an upstream that may be restarting, as there is no other to ask. */
  readonly waits: boolean;
}

/** Queries to upstreams for one question of a client, or one per upstream if there are more; those to a restarting upstream do not count. */
const MAX_ATTEMPTS = 8;

/** Queries to one upstream for one question, as long as it is silent (RFC 9520 section 3.1); those to a restarting one do not count. */
const MAX_EACH = 3;

/** ms that other upstreams have for the whole answer once a part of it has been received. */
const FOR_THE_REST = 500;

/** ms by which a timer is overdue only if this process has paused: how long a reply took that is read then is not known. */
const PAUSED = 500;

/** The causes of failure while a nameserver restarts. */
const MOMENTARY: ReadonlySet<Cause> = new Set<Cause>(['unreachable', 'reset']);
/** ms after its last reply for which a restarting upstream is asked again, and ms before the first time; the pause doubles. */
const RESTART = 2000;
const FIRST_PAUSE = 100;

/**
 * Asks the first upstream, and the next one as soon as it fails or is slower than usual for it; the first may still win. Once all were asked, silent
 * ones are asked again, twice at most, after 300 ms (a sole upstream after 600), doubling each time, as a datagram may be lost. One that replied less than 2 s ago
 * and is now unreachable may be restarting, and is asked again. Resolves to an answer, or to all failures in order, within the budget; never rejects.
 */
export function askInTurn(upstreams: readonly Upstream[], question: Question, options: AskOptions): Promise<Answer | readonly Failure[]> {
  return new Promise((resolve) => new Asking(upstreams, question, options, resolve).next());
}

/** Created once: an error per question would cost more than the question. */
const OVER = new Error('the question is over');

interface Attempt {
  readonly upstream: Upstream;
  readonly askedAt: number;
  /** Clock.monotonic() from which it is late. */
  readonly lateAt: number;
  isLate: boolean;
  /** Ends the wait for its being late. */
  timer: Timer;
}

interface TimedFailure extends Failure {
  readonly askedAt: number;
}

class Asking {
  readonly #upstreams: readonly Upstream[];
  readonly #question: Question;
  readonly #options: AskOptions;
  readonly #resolve: (result: Answer | readonly Failure[]) => void;
  readonly #over = new AbortController();
  readonly #running: Attempt[] = [];
  readonly #failures: TimedFailure[] = [];
  /** Clock.monotonic() at which it gives up, and what will do so. */
  #end: number;
  #ending: Timer;
  /** Pauses of the upstreams that will be asked again. */
  readonly #pauses = new Set<Timer>();
  #turn = 0;
  #isOver = false;

  constructor(
    upstreams: readonly Upstream[],
    question: Question,
    options: AskOptions,
    resolve: (result: Answer | readonly Failure[]) => void,
  ) {
    this.#upstreams = upstreams;
    this.#question = question;
    this.#options = options;
    this.#resolve = resolve;
    this.#end = options.clock.monotonic() + options.budget;
    this.#ending = options.clock.after(options.budget, this.#timeUp);
  }

  next(): void {
    const upstream = this.#nextUpstream();
    if (upstream !== undefined) this.#ask(upstream);
    else if (this.#running.length === 0 && this.#pauses.size === 0) this.#finish(this.#failures);
  }

  /** Returns the next upstream, round after round, skipping those that have failed. */
  #nextUpstream(): Upstream | undefined {
    const { length } = this.#upstreams;
    const most = Math.min(Math.max(MAX_ATTEMPTS, length), MAX_EACH * length);
    for (let left = length; left > 0; left--) {
      if (this.#turn >= most) return undefined;
      const upstream = this.#upstreams[this.#turn++ % length]!;
      if (!this.#failures.some((failure) => failure.upstream === upstream)) return upstream;
    }
    return undefined;
  }

  #ask(upstream: Upstream): void {
    const { clock, whenRead } = this.#options;
    const round = Math.floor((this.#turn - 1) / this.#upstreams.length);
    const isLast = this.#turn === this.#upstreams.length;
    // With a sole upstream a second query helps only against packet loss, and a resolver may need half a second for a name it has not cached.
    const again = this.#upstreams.length === 1 ? MAX_PATIENCE * 2 : MAX_PATIENCE;
    const patience = round === 0 && !isLast ? upstream.roundTrip.patience : again * 2 ** round;
    const timer = clock.after(patience, () => whenRead(() => this.#late(attempt)));
    const askedAt = clock.monotonic();
    const attempt: Attempt = { upstream, askedAt, lateAt: askedAt + patience, isLate: false, timer };
    if (this.#turn > 1) upstream.hedged();
    this.#running.push(attempt);
    void upstream
      .ask(this.#question, this.#over.signal, (now) => this.#hasPaused(attempt, now))
      .then((result) => this.#done(attempt, result));
  }

  /** Whether a timer of the attempt, or the question's, should long have run. */
  #hasPaused({ isLate, lateAt }: Attempt, now: number): boolean {
    const due = isLate ? this.#end : Math.min(lateAt, this.#end);
    return now > due + PAUSED;
  }

  #late(attempt: Attempt): void {
    if (this.#isOver || !this.#running.includes(attempt)) return;
    attempt.isLate = true;
    attempt.upstream.late(attempt.askedAt);
    this.next();
  }

  #done(attempt: Attempt, result: Answer | Failure): void {
    if (this.#isOver) return;
    attempt.timer.cancel();
    this.#running.splice(this.#running.indexOf(attempt), 1);
    if (isFailure(result)) {
      this.#failures.push({ ...result, askedAt: attempt.askedAt });
      if (MOMENTARY.has(result.cause)) this.#return(attempt.upstream);
      if (result.problem?.lastResort !== undefined) this.#endWithin(FOR_THE_REST);
      this.next();
      return;
    }
    for (const { upstream, askedAt, problem } of this.#failures)
      if (problem !== undefined && problem.lastResort === undefined) upstream.erred(this.#question, askedAt);
    this.#finish(result, attempt.askedAt);
  }

  /** Gives up in `ms`, unless it does so earlier. */
  #endWithin(ms: number): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    if (now + ms >= this.#end) return;
    this.#end = now + ms;
    this.#ending.cancel();
    this.#ending = clock.after(ms, this.#timeUp);
  }

  /** Asks it again after a pause, unless that would be past RESTART or the budget. */
  #return(upstream: Upstream): void {
    const { clock, waits } = this.#options;
    const times = this.#failures.filter((failure) => failure.upstream === upstream).length;
    const length = FIRST_PAUSE * 2 ** (times - 1);
    const at = clock.monotonic() + length;
    if (!waits || at - upstream.heardAt >= RESTART || at >= this.#end) return;
    const pause = clock.after(length, () => {
      this.#pauses.delete(pause);
      this.#ask(upstream);
    });
    this.#pauses.add(pause);
  }

  readonly #timeUp = (): void => this.#options.whenRead(this.#giveUp);

  readonly #giveUp = (): void => {
    if (this.#isOver) return;
    const { budget } = this.#options;
    for (const { upstream } of this.#running)
      this.#failures.push({ upstream, askedAt: 0, cause: 'timeout', text: `no reply in ${Math.round(budget)} ms` });
    this.#finish(this.#failures);
  };

  /** `winner`: when the upstream that answered was asked. Those asked before it were slower; of those asked later nothing is known. */
  #finish(result: Answer | readonly Failure[], winner = -Infinity): void {
    this.#isOver = true;
    this.#ending.cancel();
    for (const pause of this.#pauses) pause.cancel();
    if (this.#running.length > 0) this.#stopRunning(winner);
    this.#resolve(result);
  }

  #stopRunning(winner: number): void {
    const beaten = new Set<Upstream>();
    for (const { timer, upstream, askedAt, isLate } of this.#running) {
      timer.cancel();
      if (!isLate) continue;
      upstream.silent(askedAt);
      if (askedAt < winner && !beaten.has(upstream)) {
        beaten.add(upstream);
        upstream.beaten(askedAt);
      }
    }
    this.#over.abort(OVER);
  }
}
