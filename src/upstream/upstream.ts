/** One upstream nameserver: its exchange, its round-trip time, and whether it should be asked. */
import type { Clock } from '../clock.ts';
import type { Answer } from '../wire/answer.ts';
import { Type } from '../wire/iana.ts';
import { ROOT } from '../wire/name.ts';
import { writeQuestion, type Question } from '../wire/question.ts';
import { isProblem, readResponse, type Problem } from '../wire/response.ts';
import { Breaker } from './breaker.ts';
import { ExchangeError, flaws, type Cause, type Exchange } from './exchange.ts';
import { noUpstreamObserver, type State, type UpstreamObserver } from './observer.ts';
import { RoundTrip } from './round-trip.ts';

export interface Failure {
  readonly upstream: Upstream;
  readonly cause: Cause;
  /** What happened, for a person. */
  readonly text: string;
  /** For a reply that was not good enough: the upstream's own extended error, and the next best answer. */
  readonly problem?: Problem;
}

export interface UpstreamOptions {
  readonly url: string;
  /** For the observer. */
  readonly index: number;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly observer: UpstreamObserver;
  /** Called on every change of state. */
  readonly changed: (upstream: Upstream, state: State) => void;
  /** Called when it is late and has sent nothing since the question: it may be gone, or no upstream can answer that question. */
  readonly suspected: (upstream: Upstream) => void;
}

/** Fits every path without fragments (DNS flag day 2020), octets. */
const PAYLOAD_SIZE = 1232;
const OPT_SIZE = 11;
/** ms for which an upstream that does not reply to queries with EDNS is asked without it. */
const PLAIN = 3_600_000;
/** ms for which an upstream that is down by errors is probed with what it erred on: the fault may be the name or its client. */
const ERRING = 60_000;

/**
 * Failures that show that the upstream is alive and will not or cannot answer this question. Replies that make no sense are included: the owner of a
 * name can make upstreams pass on such a reply.
 */
const ERRORS: ReadonlySet<Cause> = new Set<Cause>(flaws);
const LATE = 'no reply in time';
/** The liveness question: every resolver and every authoritative server replies to it in some way. */
const ALIVE: Question = { name: ROOT, type: Type.NS, dnssecOk: false, checkingDisabled: false };

export class Upstream {
  readonly url: string;
  readonly index: number;
  readonly roundTrip: RoundTrip = new RoundTrip();
  readonly #options: UpstreamOptions;
  readonly #breaker: Breaker;
  /** The question of the last error that another upstream had an answer for: a probe asks it again. */
  #erredOn: Question | undefined;
  #isOnTrial = false;
  #heardAt = -Infinity;
  /** Whether it ever answered a query with EDNS. */
  #knowsEdns = false;
  /** Clock.monotonic() until which it is asked without EDNS. */
  #plainUntil = -Infinity;
  #isRetired = false;
  #lastFailure = '';

  constructor(options: UpstreamOptions) {
    this.url = options.url;
    this.index = options.index;
    this.#options = options;
    this.#breaker = new Breaker((state) => {
      if (this.#isRetired) return;
      options.observer.changed(this.index, state);
      options.changed(this, state);
    });
  }

  /** It is no longer used: stops its reports, as its index may be another's when its last questions end. */
  retire(): void {
    this.#isRetired = true;
  }

  get #observer(): UpstreamObserver {
    return this.#isRetired ? noUpstreamObserver : this.#options.observer;
  }

  get state(): State {
    return this.#breaker.state;
  }

  get relapses(): number {
    return this.#breaker.relapses;
  }

  /** Whether it is asked while there is a choice of upstreams. */
  get isUsable(): boolean {
    return this.state === 'up' || (this.state === 'trial' && !this.#isOnTrial);
  }

  /** Clock.monotonic() of its last timely reply to any question; -Infinity before the first. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Clock.monotonic() of its last change of state; -Infinity before the first. */
  get since(): number {
    return this.#breaker.since;
  }

  /** What last went wrong, for a person. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  /**
   * Never rejects. When the signal is aborted the result means nothing, and is not counted. `hasPaused`: whether this process has paused meanwhile, so
   * that the time of the reply is not known.
   */
  async ask(question: Question, signal: AbortSignal, hasPaused: (now: number) => boolean = () => false): Promise<Answer | Failure> {
    const { clock } = this.#options;
    const askedAt = clock.monotonic();
    const isTrial = this.state === 'trial';
    if (isTrial) this.#isOnTrial = true;
    this.roundTrip.asked(askedAt);
    const result = await this.consult(question, signal);
    if (isTrial) this.#isOnTrial = false;
    if (signal.aborted) return result;
    const now = clock.monotonic();
    if (isReply(result) && !hasPaused(now)) this.roundTrip.answered(now - askedAt);
    if (!isFailure(result)) {
      this.#breaker.succeeded(askedAt, now);
      this.#observer.answered(this.index, result.rcode, now - askedAt, this.roundTrip.smoothed);
    } else {
      this.#lastFailure = result.text;
      if (!isReply(result) && result.cause !== 'exhausted') this.#breaker.failed(askedAt, now);
      this.#observer.failed(this.index, result.cause, now - askedAt);
    }
    return result;
  }

  /** It is asked because an earlier attempt was late or failed. */
  hedged(): void {
    this.#observer.hedged(this.index);
  }

  /** The question of `askedAt` has no reply yet, and the next upstream is asked. */
  late(askedAt: number): void {
    this.roundTrip.overdue(this.#options.clock.monotonic() - askedAt);
    if (this.#heardAt < askedAt) this.#options.suspected(this);
  }

  /** A question it was late with has ended without its reply. */
  silent(askedAt: number): void {
    this.#observer.failed(this.index, 'timeout', this.#options.clock.monotonic() - askedAt);
  }

  /** Another upstream had an answer where this one was late. */
  beaten(askedAt: number): void {
    this.#lastFailure = LATE;
    this.#breaker.late(askedAt, this.#options.clock.monotonic());
  }

  /** Another upstream had an answer where this one gave an error: the name is not at fault. */
  erred(question: Question, askedAt: number): void {
    this.#erredOn = question;
    this.#breaker.erred(askedAt, this.#options.clock.monotonic());
  }

  looped(loops: boolean): void {
    this.#breaker.looped(loops, this.#options.clock.monotonic());
  }

  /** Asks whether it works again. */
  async probe(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const askedAt = clock.monotonic();
    if (askedAt - this.since >= ERRING) this.#erredOn = undefined;
    const question = this.#erredOn ?? ALIVE;
    const result = await this.consult(question, signal);
    if (signal.aborted || !isReply(result) || (isFailure(result) && question !== ALIVE)) return false;
    this.#erredOn = undefined;
    const now = clock.monotonic();
    this.roundTrip.restart(now - askedAt);
    this.#breaker.succeeded(askedAt, now);
    return true;
  }

  /** Asks whether it is there: any reply will do. Resolves to whether it could be asked: without a socket of ours, its silence says nothing. */
  async call(signal: AbortSignal, withEdns: boolean): Promise<boolean> {
    const result = await (withEdns ? this.#ask(ALIVE, signal) : this.#askPlainly(ALIVE, signal));
    return !isFailure(result) || result.cause !== 'exhausted';
  }

  /** Whether it was heard since `askedAt`, and is known to answer queries with EDNS. */
  isWell(askedAt: number): boolean {
    return this.#heardAt >= askedAt && this.#knowsEdns;
  }

  /** After several liveness questions since `askedAt`: no reply means down; replies only without EDNS mean an hour without EDNS. */
  called(askedAt: number): void {
    if (this.isWell(askedAt)) return;
    const now = this.#options.clock.monotonic();
    // Servers and firewalls that predate EDNS may not reply to it (RFC 6891 section 6.2.2).
    if (this.#heardAt >= askedAt) this.#plainUntil = now + PLAIN;
    else {
      this.#lastFailure = LATE;
      this.#breaker.silent(askedAt, now);
    }
  }

  /** Asks a question without counting its result. */
  consult(question: Question, signal: AbortSignal): Promise<Answer | Failure> {
    return this.#options.clock.monotonic() < this.#plainUntil ? this.#askPlainly(question, signal) : this.#ask(question, signal);
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Answer | Failure> {
    const result = await this.#send(messageFor(question), question, signal);
    // RFC 6891 section 7: a server from before EDNS.
    if (isFailure(result) && result.cause === 'formerr' && !signal.aborted) return this.#askPlainly(question, signal);
    this.#knowsEdns ||= isReply(result);
    return result;
  }

  #askPlainly(question: Question, signal: AbortSignal): Promise<Answer | Failure> {
    const message = messageFor(question);
    message[11] = 0;
    return this.#send(message.subarray(0, -OPT_SIZE), question, signal);
  }

  async #send(message: Uint8Array, question: Question, signal: AbortSignal): Promise<Answer | Failure> {
    try {
      const reply = await this.#options.exchange(message, signal);
      this.#heardAt = this.#options.clock.monotonic();
      const result = readResponse(reply, question, this.#heardAt);
      return isProblem(result) ? { upstream: this, cause: result.flaw, text: result.text, problem: result } : result;
    } catch (error) {
      // Any other error is our own and does not count against the upstream.
      const cause = error instanceof ExchangeError ? error.why : signal.aborted ? 'timeout' : 'exhausted';
      return { upstream: this, cause, text: error instanceof Error ? error.message : String(error) };
    }
  }
}

function messageFor(question: Question): Uint8Array {
  const message = writeQuestion(question, 0, PAYLOAD_SIZE);
  // AD in a query asks for AD in the reply (RFC 6840 section 5.7).
  message[3]! |= 0x20;
  return message;
}

/** Whether the upstream replied at all. */
function isReply(result: Answer | Failure): boolean {
  return !isFailure(result) || ERRORS.has(result.cause);
}

export function isFailure(result: Answer | Failure): result is Failure {
  return 'cause' in result;
}
