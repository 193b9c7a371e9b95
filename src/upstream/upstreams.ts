/** All upstreams in use, one per URL however many zones name it, and their background work: probes and loop checks. */
import type { Clock } from '../clock.ts';
import type { ConnectUdp } from './datagrams.ts';
import { exchangeFor, parseEndpoint, type ExchangeOptions } from './endpoint.ts';
import type { Exchange } from './exchange.ts';
import type { LoopCheck } from './loop.ts';
import type { Log, State, UpstreamObserver } from './observer.ts';
import { callIfGone, probeWhileDown, within } from './probe.ts';
import { Upstream } from './upstream.ts';

export interface UpstreamsOptions {
  readonly clock: Clock;
  readonly observer: UpstreamObserver;
  readonly log: Log;
  readonly loops: LoopCheck;
  readonly signal: AbortSignal;
  /** Opens UDP sockets; node:dgram's by default. */
  readonly connectUdp?: ConnectUdp | undefined;
  /** In place of sockets, for tests. */
  readonly exchange?: (url: string, dropped: () => void) => Exchange;
}

/** How upstreams are asked, the same for all. */
export type Manner = Pick<ExchangeOptions, 'randomCase' | 'ca'>;

/** Most ms between two loop checks of an upstream, and the time limit of one. */
const LOOP_PERIOD = 30_000;
const LOOP_PATIENCE = 2000;
/** ms between the first two, doubled each time: at the start nobody may be listening here yet, whatever is said of that on the way. */
const FIRST_LOOP_PAUSE = 500;

interface Held {
  readonly upstream: Upstream;
  readonly manner: Manner;
  readonly end: AbortController;
}

export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /** Returns the upstreams of `urls` and drops all others. Those that remain keep what is known about them. */
  use(urls: ReadonlySet<string>, manner: Manner): ReadonlyMap<string, Upstream> {
    for (const [url, held] of this.#held) {
      const stays = urls.has(url) && held.manner.ca === manner.ca && held.manner.randomCase === manner.randomCase;
      if (!stays) this.#letGo(url, held);
    }
    for (const url of urls) if (!this.#held.has(url)) this.#hold(url, manner);
    return new Map([...urls].map((url) => [url, this.#held.get(url)!.upstream]));
  }

  #hold(url: string, manner: Manner): void {
    const { clock, observer, signal } = this.#options;
    const taken = new Set([...this.#held.values()].map(({ upstream }) => upstream.index));
    const index = [...Array(taken.size + 1).keys()].find((candidate) => !taken.has(candidate))!;
    const end = new AbortController();
    const dropped = (): void => {
      if (!end.signal.aborted) observer.dropped(index);
    };
    const guessed = (): void => {
      if (!end.signal.aborted) observer.guessed(index);
    };
    const asked = (kept: boolean): void => {
      if (!end.signal.aborted) observer.asked(index, kept);
    };
    const exchange =
      this.#options.exchange?.(url, dropped) ??
      exchangeFor(parseEndpoint(url), { clock, dropped, guessed, asked, connectUdp: this.#options.connectUdp, ...manner });
    const living = AbortSignal.any([signal, end.signal]);
    living.addEventListener('abort', () => (exchange as Exchange & Partial<Disposable>)[Symbol.dispose]?.(), { once: true });
    let probing = new AbortController();
    const changed = (upstream: Upstream, state: State): void => {
      this.#options.log.info(`upstream ${url} ${SAYS[state](upstream)}`, url);
      // It may go down again before the previous probing has noticed that it came up.
      probing.abort();
      probing = new AbortController();
      if (state === 'down') void probeWhileDown(upstream, clock, AbortSignal.any([living, probing.signal]));
    };
    let calling = false;
    const suspected = (upstream: Upstream): void => {
      if (calling || upstream.state === 'down') return;
      calling = true;
      void callIfGone(upstream, clock, living).finally(() => (calling = false));
    };
    const upstream = new Upstream({ url, index, exchange, clock, observer, changed, suspected });
    this.#held.set(url, { upstream, manner, end });
    observer.added(index, url);
    void this.#checkForLoops(upstream, living);
  }

  #letGo(url: string, { upstream, end }: Held): void {
    this.#held.delete(url);
    upstream.retire();
    end.abort();
    this.#options.observer.removed(upstream.index);
  }

  async #checkForLoops(upstream: Upstream, living: AbortSignal): Promise<void> {
    const { clock, loops, log } = this.#options;
    for (let pause = FIRST_LOOP_PAUSE; !living.aborted; pause = Math.min(LOOP_PERIOD, pause * 2)) {
      const was = upstream.state === 'loop';
      const isLoop = await within(LOOP_PATIENCE, clock, living, (limit) => loops.check(upstream, limit));
      if (isLoop !== undefined) upstream.looped(isLoop);
      if (isLoop === true && !was) log.warn(wayOut(upstream.url));
      await clock.wait(pause, living).catch(() => undefined);
    }
  }
}

const SAYS: Readonly<Record<State, (upstream: Upstream) => string>> = {
  up: () => 'is asked',
  down: ({ lastFailure }) => `does not answer well (${lastFailure}): it is probed, and asked only when all others are down too`,
  trial: () => 'answers again and is tried with single questions',
  loop: () => 'leads back to this server and is not asked',
};

function wayOut(url: string): string {
  return (
    `upstream ${url} leads back to this server: a question sent to it arrived here, so it would be asked for ever. It is left out until that changes. ` +
    'Name nameservers outside the cluster by --upstream; if it comes from a resolv.conf, give the pod dnsPolicy: Default, ' +
    "or point --resolv-conf at the file with the node's real nameservers (with systemd-resolved: /run/systemd/resolve/resolv.conf)"
  );
}
