/** The control thread's half of the server: what is known of the cluster, the serving threads that are told of it, and what an operator can ask. */
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import type { Routes } from '../../src/telemetry/admin.ts';
import { topRoute } from '../../src/telemetry/admin-routes.ts';
import { newLoopToken } from '../../src/upstream/loop.ts';
import { adminRoutes } from './admin-routes.ts';
import type { ControlTelemetry } from './control-telemetry.ts';
import { initialSecrets } from './cookie-secrets.ts';
import { ENTRY } from './entry.ts';
import { ServingThreads } from './serving-threads.ts';
import type { readSnapshot } from './snapshot-file.ts';
import { neededKinds } from './source.ts';

export interface ControlPlaneParts {
  readonly options: Options;
  /** Where UDP and TCP listen. */
  readonly listen: readonly Address[];
  readonly telemetry: ControlTelemetry;
  /** What was known before a restart. */
  readonly snapshot: ReturnType<typeof readSnapshot>;
  readonly lists: PolicyData | undefined;
  /** Aborted when the process was asked to stop. */
  readonly signal: AbortSignal;
}

export class ControlPlane {
  readonly publisher: Publisher;
  readonly threads: ServingThreads;
  readonly #parts: ControlPlaneParts;
  readonly #firstList = new AbortController();
  #options: Options;
  #lists: PolicyData | undefined;
  #isListening = false;

  constructor(parts: ControlPlaneParts) {
    const { options, listen, telemetry, snapshot, lists } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#lists = lists;
    this.publisher = new Publisher({
      clock: systemClock,
      needed: neededKinds(options),
      initial: snapshot,
      schedule: (run) => this.threads.whenTaken(run),
      post: (update) => {
        this.threads.post(update);
        // Aborting again would create an error with a stack for each change of the cluster.
        if (update.state === 'live' && !this.firstList.aborted) this.#firstList.abort();
      },
      observer: telemetry.cluster,
    });
    const secrets = { cookieSecrets: initialSecrets(options), loopToken: newLoopToken() };
    this.threads = new ServingThreads({
      count: options.threads,
      entry: ENTRY,
      data: (index) => ({
        index,
        options,
        addresses: { listen, listenTls: options.listenTls, listenHttps: options.listenHttps },
        sharePorts: options.sharePorts || options.threads > 1,
        memory: telemetry.memory(index),
        ...secrets,
      }),
      catchUp: () => this.publisher.catchUp(),
      current: () => (this.#lists === undefined ? [] : [{ kind: 'lists', lists: this.#lists }]),
      clock: systemClock,
      log: (line) => telemetry.log[line.level](line.fields, line.message),
    });
  }

  /** Aborted once the cluster's lists are complete. */
  get firstList(): AbortSignal {
    return this.#firstList.signal;
  }

  /** Resolves when every serving thread listens; rejects with the first error of one that cannot. */
  async listen(): Promise<void> {
    await this.threads.start();
    this.#isListening = true;
  }

  /** Takes the live options of `next`. */
  reload(next: Options): void {
    this.#options = next;
    this.#parts.telemetry.log.setLevel(next.logLevel);
    this.#parts.telemetry.records.configure(next);
    this.threads.reload(next);
  }

  useLists(lists: PolicyData): void {
    this.#lists = lists;
    this.threads.useLists(lists);
  }

  /** What the admin address answers. */
  routes(): Routes {
    const { listen, telemetry } = this.#parts;
    const { publisher, threads } = this;
    const options = (): Options => this.#options;
    const running = { replaced: () => threads.replaced, options };
    const metrics = telemetry.metrics(publisher, serverLabels(listen, this.#options), running);
    return {
      ...adminRoutes({ metrics, publisher, threads, options, listen, notReady: () => this.#notReady() }),
      ...topRoute(telemetry.records.top),
    };
  }

  /** The reasons for which no questions should be sent here. */
  #notReady(): string[] {
    const { publisher, threads } = this;
    return [
      ...(this.#parts.signal.aborted ? ['leaving: asked to stop'] : []),
      ...(this.#isListening ? [] : ['not listening yet']),
      ...(this.#isListening && !threads.areServing ? ['no serving thread answers'] : []),
      ...(publisher.state === 'loading' ? [`the first list is not complete of: ${publisher.missing.join(', ')}`] : []),
    ];
  }
}

/** Returns CoreDNS's `server` label of each transport: the scheme and the port. */
function serverLabels(listen: readonly Address[], options: Options): Readonly<Record<string, string>> {
  const label = (scheme: string, [first]: readonly Address[]): string => `${scheme}://:${first?.port ?? 0}`;
  const dns = label('dns', listen);
  return { udp: dns, tcp: dns, tls: label('tls', options.listenTls), https: label('https', options.listenHttps) };
}
