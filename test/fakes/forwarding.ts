/** Forwarding with exchanges and a clock that the test controls. */
import { makeForward, type Forwarding, type ForwardingOptions } from '../../src/query/make-forward.ts';
import type { Exchange } from '../../src/upstream/exchange.ts';
import { noUpstreamObserver, type State, type UpstreamObserver } from '../../src/upstream/observer.ts';
import type { Answer } from '../../src/wire/answer.ts';
import { asked } from './asked.ts';
import { fakeClock, type FakeClock } from './clock.ts';
import { silent, switchable, type Switch } from './exchange.ts';

export const options: ForwardingOptions = {
  upstream: ['udp://192.0.2.1:53', 'udp://192.0.2.2:53'],
  zones: {},
  resolvConf: '/nonexistent/resolv.conf',
  policy: 'sequential',
  upstreamBudget: 5000,
  maxConcurrent: 1000,
  caseRandomization: false,
};

export interface Bench {
  readonly clock: FakeClock;
  readonly forwarding: Forwarding;
  readonly upstreams: readonly Switch[];
  readonly states: string[];
  readonly events: string[];
  /** Asks and advances the clock until the answer comes; returns the answer and how long it took, ms. */
  ask(name?: string, type?: string): Promise<{ answer: Answer; ms: number }>;
}

/** `make` returns the exchanges in the order of the upstreams' addresses. Loop probes get no answer and are not counted. */
export function bench(make: (clock: FakeClock) => readonly Exchange[], changes: Partial<ForwardingOptions> = {}): Bench {
  const clock = fakeClock();
  const upstreams = make(clock).map(switchable);
  const states: string[] = [];
  const events: string[] = [];
  const observer: UpstreamObserver = {
    ...noUpstreamObserver,
    failed: (upstream, cause) => events.push(`${upstream} ${cause}`),
    guessed: (upstream) => events.push(`${upstream} guessed`),
    hedged: (upstream) => events.push(`${upstream} hedged`),
    rejected: () => events.push('rejected'),
    changed: (upstream, state: State) => states.push(`${upstream} ${state}`),
  };
  const exchange = (url: string): Exchange => {
    const upstream = upstreams[Number(/192\.0\.2\.(\d+)/.exec(url)![1]) - 1]!;
    return (message, signal) => (isLoopProbe(message) ? silent : upstream.exchange)(message, signal);
  };
  const signal = new AbortController().signal;
  const forwarding = makeForward({ ...options, ...changes }, { clock, random: () => 0, observer, signal, exchange });
  const ask: Bench['ask'] = async (name = 'www.example.test', type = 'A') => {
    const start = clock.monotonic();
    let answer: Answer | undefined;
    const asking = Promise.resolve(forwarding.handler(asked(name, type))).then((outcome) => (answer = outcome));
    while (answer === undefined && clock.monotonic() - start < 10_000) await clock.advance(1);
    await asking;
    return { answer: answer!, ms: clock.monotonic() - start };
  };
  return { clock, forwarding, upstreams, states, events, ask };
}

function isLoopProbe(message: Uint8Array): boolean {
  return Buffer.from(message).includes('kubezone-loop-check');
}
