/** What the responder does with a query's cookie before any stage sees it (RFC 7873 section 5.2). */
import type { Clock } from '../clock.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import type { CookieCheck, CookieVerdict, ServerCookies } from '../wire/cookie.ts';
import { Rcode } from '../wire/iana.ts';
import { HEADER_SIZE, type Query } from '../wire/query.ts';

/** `required`: a client that knows cookies and shows no good one gets BADCOOKIE over UDP, and the cookie to come again with. */
export type CookiePolicy = 'on' | 'required';

export interface CookieObserver {
  checked(verdict: CookieVerdict): void;
}

const unobserved: CookieObserver = { checked: () => undefined };

const welcome = emptyAnswer(Rcode.NOERROR, Source.server);
const formerr = emptyAnswer(Rcode.FORMERR, Source.server);
const badCookie = emptyAnswer(Rcode.BADCOOKIE, Source.server);

/** Holds what the last query's cookie said, for the stage that limits rates. */
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

  /** For the responder: the option to give back, and an answer where no stage is to be asked. */
  readonly check = (query: Query): { readonly option?: Uint8Array | undefined; readonly answer?: Answer | undefined } => {
    const check: CookieCheck = this.#cookies.cookieOption(query, Math.floor(this.#clock.now() / 1000));
    this.#last = check.verdict;
    this.#observer.checked(check.verdict);
    return { option: check.option, answer: this.#answer(check.verdict, query) };
  };

  /** Whether the query's address is not forged. To be asked in the same call that `check` was made in; only queries with options are checked. */
  readonly verified = ({ edns }: Query): boolean => this.#last === 'good' && edns !== undefined && edns.optionsEnd > edns.optionsStart;

  #answer(verdict: CookieVerdict, query: Query): Answer | undefined {
    if (verdict === 'malformed') return formerr;
    // Without a question it is all about the cookie (RFC 7873 section 5.4).
    if (query.questionEnd === HEADER_SIZE && verdict !== 'none') return verdict === 'bad' ? badCookie : welcome;
    const shown = verdict === 'good' || verdict === 'none';
    return shown || this.#policy !== 'required' || query.client.transport !== 'udp' ? undefined : badCookie;
  }
}
