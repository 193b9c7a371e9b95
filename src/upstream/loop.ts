/** Finds out whether an upstream's answers come from ourselves: asks it for a name nobody else can know of, and sees whether that arrives here. */
import { randomBytes } from 'node:crypto';
import type { Answer } from '../wire/answer.ts';
import { Source } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { firstLabel, nameFromLabels, nameFromText, parentOf, type Name } from '../wire/name.ts';
import type { Question } from '../wire/question.ts';
import { BodyWriter } from '../wire/records.ts';
import { txtRdata } from '../wire/rdata.ts';
import type { Cause } from './exchange.ts';
import { isFailure, type Upstream } from './upstream.ts';

/** Probes are names below this one. It is delegated to nobody, so that other servers say NXDOMAIN. */
const ZONE = nameFromText('kubezone-loop-check.')!;

/** The same for all threads of a process: a probe of one may arrive at another. */
export function newLoopToken(): string {
  return randomBytes(8).toString('hex');
}

/** What is said instead of our answer by none who has it. SERVFAIL may be, by one who found it bogus. */
const NOT_FROM_HERE: ReadonlySet<Cause> = new Set<Cause>(['refused', 'lame']);

/** The data of our answer. */
const OURS = txtRdata('kubezone', 'loop');

export class LoopCheck {
  readonly #token: string;
  /** Probes under way, and whether they arrived here. Others are not remembered: whoever saw the token may send any number. */
  readonly #awaited = new Map<Name, boolean>();
  #count = 0;

  constructor(token: string) {
    this.#token = token;
  }

  /** How many probes are under way. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /** Whether the question is a probe of this process: it went out to an upstream, and has come back. */
  isProbe(name: Name): boolean {
    return name.endsWith(ZONE) && parentOf(name) === ZONE && firstLabel(name).startsWith(`${this.#token}-`);
  }

  /** Notes that a probe came back, and tells whoever sent it, be it another thread. */
  answer(name: Name): Answer {
    if (this.#awaited.has(name)) this.#awaited.set(name, true);
    return new BodyWriter(name).add('answers', name, Type.HINFO, 0, OURS).answer(Rcode.NOERROR, true, Source.server);
  }

  /** Whether `upstream` leads back here. Undefined when it says nothing. */
  async check(upstream: Upstream, signal: AbortSignal): Promise<boolean | undefined> {
    // A validating resolver would find our answer bogus, and say SERVFAIL: then that the probe arrived is what we know.
    const question = this.#nextProbe();
    this.#awaited.set(question.name, false);
    const result = await upstream.consult(question, signal);
    const hasReturned = this.#awaited.get(question.name);
    this.#awaited.delete(question.name);
    if (hasReturned === true) return true;
    if (isFailure(result)) return NOT_FROM_HERE.has(result.cause) ? false : undefined;
    // One who answers every name there is, a sinkhole or a wildcard at the root, is no loop.
    return Buffer.from(result.body).includes(OURS);
  }

  #nextProbe(): Question {
    const label = `${this.#token}-${(this.#count++).toString(36)}${randomBytes(4).toString('hex')}`;
    return { name: nameFromLabels([label], ZONE)!, type: Type.HINFO, dnssecOk: false, checkingDisabled: true };
  }
}
