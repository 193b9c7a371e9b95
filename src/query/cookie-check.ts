/** Checks a query's DNS cookie for the responder, before any stage sees the query (RFC 7873 section 5.2). */
import type { Clock } from '../clock.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import type { CookieCheck, CookieVerdict, ServerCookies } from '../wire/cookie.ts';
import { Rcode } from '../wire/iana.ts';
import { HEADER_SIZE, type Query } from '../wire/query.ts';

/** `required`: a client that supports cookies but sends no valid server cookie gets BADCOOKIE over UDP, with a cookie for its retry. */
export type CookiePolicy = 'on' | 'required';

export interface CookieObserver {
  checked(verdict: CookieVerdict): void;
}

const unobserved: CookieObserver = { checked: () => undefined };

const welcome = emptyAnswer(Rcode.NOERROR, Source.server);
const formerr = emptyAnswer(Rcode.FORMERR, Source.server);
const badCookie = emptyAnswer(Rcode.BADCOOKIE, Source.server);

/** Keeps the verdict on the last query's cookie for the rate limiting stage. */
export class CookieGate {
  readonly #cookies: ServerCookies;
  readonly #policy: CookiePolicy;
  readonly #clock: Clock;
  readonly #observer: CookieObserver;
  #last: CookieVerdict = 'none';

  constructor(cookies: ServerCookies, policy: CookiePolicy, clock: Clock, observer: CookieObserver = unobserved) {
    this.#cookies = cookies;
    this.#policy = policy;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Returns the option to send back, and an answer if the stages are to be skipped. */
  readonly check = (query: Query): { readonly option?: Uint8Array | undefined; readonly answer?: Answer | undefined } => {
    const check: CookieCheck = this.#cookies.cookieOption(query, Math.floor(this.#clock.now() / 1000));
    this.#last = check.verdict;
    this.#observer.checked(check.verdict);
    return { option: check.option, answer: this.#answer(check.verdict, query) };
  };

  /** Whether the query's address is known not to be forged. Call it within the call that ran `check`; a query without options is not checked. */
  readonly verified = ({ edns }: Query): boolean => this.#last === 'good' && edns !== undefined && edns.optionsEnd > edns.optionsStart;

  #answer(verdict: CookieVerdict, query: Query): Answer | undefined {
    if (verdict === 'malformed') return formerr;
    // A query without a question only asks about the cookie (RFC 7873 section 5.4).
    if (query.questionEnd === HEADER_SIZE && verdict !== 'none') return verdict === 'bad' ? badCookie : welcome;
    const shown = verdict === 'good' || verdict === 'none';
    return shown || this.#policy !== 'required' || query.client.transport !== 'udp' ? undefined : badCookie;
  }
}
