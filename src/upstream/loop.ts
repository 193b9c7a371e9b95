/** Detects whether an upstream leads back to this server: asks it for a name that nobody else can know, and sees whether that query arrives here. */
import { randomBytes } from 'node:crypto';
import { Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { firstLabel, nameFromLabels, nameFromText, parentOf, type Name } from '../wire/name.ts';
import type { Question } from '../wire/question.ts';
import { BodyWriter } from '../wire/records.ts';
import { txtRdata } from '../wire/rdata.ts';
import type { Cause } from './exchange.ts';
import { isFailure, type Upstream } from './upstream.ts';

/** Probes are names below this one. It is not delegated, so other servers answer NXDOMAIN. */
const ZONE = nameFromText('kubezone-loop-check.')!;

/** Returns a token for all threads of a process: a probe of one may arrive at another. */
export function newLoopToken(): string {
  return randomBytes(8).toString('hex');
}

/** Failures that exclude that the upstream got our answer. SERVFAIL does not: a validating upstream finds our answer bogus. */
const NOT_FROM_HERE: ReadonlySet<Cause> = new Set<Cause>(['refused', 'lame']);

/** The RDATA of our answer. */
const OURS = txtRdata('kubezone', 'loop');

export class LoopCheck {
  readonly #token: string;
  /** Probes in flight, and whether each has arrived here. Others are not stored: anyone who saw the token could send any number. */
  readonly #awaited = new Map<Name, boolean>();
  #count = 0;

  constructor(token: string) {
    this.#token = token;
  }

  /** The number of probes in flight. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /** Whether the question is a probe of this process: it went out to an upstream, and has come back. */
  isProbe(name: Name): boolean {
    return name.endsWith(ZONE) && parentOf(name) === ZONE && firstLabel(name).startsWith(`${this.#token}-`);
  }

  /** Notes that a probe came back, and returns the answer that says so to the thread that sent it, which may be another one. */
  answer(name: Name): Answer {
    if (this.#awaited.has(name)) this.#awaited.set(name, true);
    return new BodyWriter(name).add('answers', name, Type.HINFO, 0, OURS).answer(Rcode.NOERROR, true, Source.server);
  }

  /** Resolves to whether `upstream` leads back here; undefined when that cannot be told. */
  async check(upstream: Upstream, signal: AbortSignal): Promise<boolean | undefined> {
    // A validating resolver finds our answer bogus and replies SERVFAIL: then only the arrival of the probe shows the loop.
    const question = this.#nextProbe();
    this.#awaited.set(question.name, false);
    const result = await upstream.consult(question, signal);
    const hasReturned = this.#awaited.get(question.name);
    this.#awaited.delete(question.name);
    if (hasReturned === true) return true;
    if (isFailure(result)) return NOT_FROM_HERE.has(result.cause) ? false : undefined;
    // An upstream that answers every name (a sinkhole, a wildcard at the root) is not a loop.
    return Buffer.from(result.body).includes(OURS);
  }

  #nextProbe(): Question {
    const label = `${this.#token}-${(this.#count++).toString(36)}${randomBytes(4).toString('hex')}`;
    return { name: nameFromLabels([label], ZONE)!, type: Type.HINFO, dnssecOk: false, checkingDisabled: true };
  }
}
