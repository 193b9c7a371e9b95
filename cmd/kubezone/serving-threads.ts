/** The serving threads as the control thread sees them: started, kept up to date, queried, replaced when they crash or hang, closed. */
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../src/clock.ts';
import { toPosted } from '../../src/cluster/posted-update.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import { BackPressure } from './back-pressure.ts';
import type { ListenAddresses } from './listeners.ts';
import type { Command, Inquiry, Report, ServingThreadData } from './messages.ts';
import { startThread } from './start-thread.ts';
import { CALLING, ThreadPresence } from './thread-presence.ts';
import { ThreadUpdates } from './thread-updates.ts';
import { sameZones } from './zones-options.ts';

export interface ServingThreadsOptions {
  readonly count: number;
  /** The file a thread runs. */
  readonly entry: URL | string;
  readonly data: (index: number) => Omit<ServingThreadData, 'isFirst'>;
  /** Updates that bring a new thread up to date. */
  readonly catchUp: () => Iterable<ClusterUpdate>;
  /** Other commands for a new thread. */
  readonly current: () => Iterable<Command>;
  readonly clock: Clock;
  readonly log: (line: LogLine) => void;
}

/** Pauses before a thread is replaced, ms: they slow down a crash loop, but a thread is back within a second. */
const FIRST_PAUSE = 20;
const LAST_PAUSE = 800;
/** A thread that ran this long did not crash at its start, ms. */
const SETTLED = 10_000;
/** An inquiry comes from a person: a reply that takes longer is not waited for, ms. */
const PATIENCE = 5000;

type Listening = Report & { kind: 'listening' };

interface Thread {
  readonly index: number;
  worker: Worker;
  startedAt: number;
  crashes: number;
  listening: boolean;
  closed: boolean;
  readonly updates: ThreadUpdates;
  readonly presence: ThreadPresence;
}

export class ServingThreads {
  readonly #options: ServingThreadsOptions;
  readonly #threads: Thread[] = [];
  readonly #inquiries = new Map<number, (value: unknown) => void>();
  #urls: readonly string[] = [];
  /** As the first thread bound them: ports chosen by the system are the same in all, and in those that replace them. */
  #addresses: ListenAddresses | undefined;
  #current: Options | undefined;
  readonly #closing = new AbortController();
  readonly #backPressure: BackPressure;
  #nextInquiry = 0;
  #replaced = 0;

  constructor(options: ServingThreadsOptions) {
    this.#options = options;
    this.#backPressure = new BackPressure(options.clock, this.#closing.signal, () =>
      this.#threads.filter(isServing).map(({ updates }) => updates),
    );
  }

  /** The addresses listened on, as URLs. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  /** How many threads were replaced after a crash, or because they hung. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Whether any thread answers. */
  get areServing(): boolean {
    return this.#threads.some((thread) => isServing(thread) && thread.presence.isThere);
  }

  /** Threads that hang and could not be terminated: only ending the process helps. */
  get stuck(): readonly number[] {
    return this.#threads.filter(({ closed, presence }) => !closed && presence.isStuck).map(({ index }) => index);
  }

  /** Resolves when every thread listens; rejects with the first error of one that cannot. */
  async start(): Promise<void> {
    const first = this.#spawn(0);
    void this.#keepCalling();
    const { urls, addresses } = await first;
    this.#urls = urls;
    this.#addresses = addresses;
    if (this.#closing.signal.aborted) return;
    // Async, so that one that the system refuses rejects like one that cannot listen, and no other's rejection is left alone.
    await Promise.all(Array.from({ length: this.#options.count - 1 }, async (_, i) => this.#spawn(i + 1)));
  }

  post(update: ClusterUpdate): void {
    const posted = toPosted(update);
    for (const thread of this.#threads) if (!thread.closed) thread.updates.post(posted);
  }

  /**
   * Calls `run` in a later turn, once every listening thread has at most one update left. A message port is drained in one turn: more updates at once
   * would delay answers. Changes of the same Service that come meanwhile are merged.
   */
  whenTaken(run: () => void): void {
    this.#backPressure.whenTaken(run);
  }

  /** Sends other blocklists and response policy zones to every thread. */
  useLists(lists: PolicyData): void {
    this.#tellAll({ kind: 'lists', lists });
  }

  /**
   * Sends other options to every thread; where they change the zones, new ones are built beside those being served, from `catchUp`, one update per
   * turn.
   */
  reload(options: Options): void {
    const anew = !sameZones(this.#current ?? this.#options.data(0).options, options);
    this.#current = options;
    for (const thread of this.#threads) {
      if (thread.closed) continue;
      this.#tell(thread, { kind: 'reload', options, anew });
      if (anew) thread.updates.rebuild(this.#options.catchUp());
    }
  }

  /** Returns every thread's reply, in their order; a thread that does not reply in time is left out. */
  async ask(question: Inquiry): Promise<readonly unknown[]> {
    const replies = this.#threads.filter((thread) => !thread.closed).map((thread) => this.#ask(thread, question));
    return (await Promise.all(replies)).filter((reply) => reply !== undefined);
  }

  /** Lets every thread finish what is in flight and terminates it after `grace` ms; one that does not listen yet is terminated at once. */
  async close(grace: number): Promise<void> {
    this.#closing.abort();
    const patience = new AbortController();
    const late = this.#options.clock.wait(grace, patience.signal).catch(() => undefined);
    await Promise.all(
      this.#threads.map(async (thread) => {
        if (thread.closed) return;
        const ended = new Promise<void>((resolve) => void thread.worker.once('exit', () => resolve()));
        if (thread.listening) {
          this.#tell(thread, { kind: 'close' });
          await Promise.race([ended, late]);
        }
        await thread.worker.terminate();
      }),
    );
    patience.abort();
  }

  #spawn(index: number): Promise<Listening> {
    const isFirst = this.#urls.length === 0;
    const data = {
      ...this.#options.data(index),
      isFirst,
      ...(this.#addresses && { addresses: this.#addresses }),
      ...(this.#current && { options: this.#current }),
    };
    const worker = startThread(this.#options.entry, data);
    const thread: Thread = {
      index,
      worker,
      startedAt: this.#options.clock.monotonic(),
      crashes: this.#threads[index]?.crashes ?? 0,
      listening: false,
      closed: false,
      updates: new ThreadUpdates((command) => worker.postMessage(command)),
      presence: new ThreadPresence(() => worker.postMessage({ kind: 'call' } satisfies Command)),
    };
    this.#threads[index] = thread;
    const listening = new Promise<Listening>((resolve, reject) => {
      worker.on('message', (report: Report) => this.#hear(thread, report, resolve, reject));
      worker.on('error', (error: Error) => {
        this.#say('error', `serving thread ${index} crashed`, { error: error.stack ?? error.message });
        reject(error);
      });
      worker.on('exit', (code) => {
        thread.closed = true;
        this.#backPressure.goOn();
        reject(new Error(`serving thread ${index} ended with code ${code} before it listened`));
        if (!this.#closing.signal.aborted && this.#urls.length > 0) void this.#replace(thread);
      });
    });
    for (const command of this.#options.current()) this.#tell(thread, command);
    // All at once: it answers no queries yet.
    for (const update of this.#options.catchUp()) thread.updates.post(toPosted(update));
    this.#tell(thread, { kind: 'listen' });
    return listening;
  }

  #hear(thread: Thread, report: Report, listens: (report: Listening) => void, fails: (error: Error) => void): void {
    thread.presence.heard();
    switch (report.kind) {
      case 'listening':
        thread.listening = true;
        thread.presence.listens();
        listens(report);
        break;
      case 'failed':
        if (this.#urls.length > 0) this.#say('error', `serving thread ${thread.index} cannot listen`, { error: report.message });
        fails(Object.assign(new Error(report.message), report.system));
        // A thread that cannot listen is useless; terminating it frees what else it holds.
        void thread.worker.terminate();
        break;
      case 'taken':
        thread.updates.taken(report.of);
        this.#backPressure.goOn();
        break;
      case 'log':
        this.#options.log(report.line);
        break;
      case 'reply':
        this.#inquiries.get(report.id)?.(report.value);
        break;
      case 'here': // The presence has heard it.
    }
  }

  async #replace(crashed: Thread): Promise<void> {
    const { clock } = this.#options;
    crashed.crashes = clock.monotonic() - crashed.startedAt > SETTLED ? 1 : crashed.crashes + 1;
    this.#replaced++;
    const started = await this.#spawnAgain(crashed);
    await started?.listening.then(
      () => this.#say('warn', `serving thread ${crashed.index} was replaced`, { milliseconds: Math.round(clock.monotonic() - started.at) }),
      // The new thread failed too; that was logged, and it is replaced in turn.
      () => undefined,
    );
  }

  /** Starts another thread after a pause, and tries again as long as the system gives none. Resolves to undefined when closing. */
  async #spawnAgain(crashed: Thread): Promise<{ readonly listening: Promise<Listening>; readonly at: number } | undefined> {
    const { clock } = this.#options;
    for (;;) {
      await clock.wait(Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** (crashed.crashes - 1)), this.#closing.signal).catch(() => undefined);
      if (this.#closing.signal.aborted) return undefined;
      try {
        return { at: clock.monotonic(), listening: this.#spawn(crashed.index) };
      } catch (error) {
        crashed.crashes++;
        this.#say('error', `serving thread ${crashed.index} cannot be replaced yet`, { error: (error as Error).message });
      }
    }
  }

  /** Calls every thread now and then and ends one that hangs, or does not come to listen: its share of the queries is lost as long as it exists. */
  async #keepCalling(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#options.clock.wait(CALLING, signal).catch(() => undefined);
      for (const thread of this.#threads) {
        if (thread.closed || !thread.presence.call()) continue;
        const how = thread.listening ? 'hangs' : 'does not listen two minutes after its start';
        this.#say('error', `serving thread ${thread.index} ${how}: it is ended and replaced`, {});
        void thread.worker.terminate();
      }
    }
  }

  async #ask(thread: Thread, question: Inquiry): Promise<unknown> {
    const id = this.#nextInquiry++;
    const patience = new AbortController();
    const reply = new Promise<unknown>((resolve) => this.#inquiries.set(id, resolve));
    this.#tell(thread, { kind: 'ask', id, question });
    try {
      return await Promise.race([reply, this.#options.clock.wait(PATIENCE, patience.signal)]);
    } finally {
      patience.abort();
      this.#inquiries.delete(id);
    }
  }

  #tellAll(command: Command): void {
    for (const thread of this.#threads) if (!thread.closed) this.#tell(thread, command);
  }

  #tell(thread: Thread, command: Command): void {
    thread.worker.postMessage(command);
  }

  #say(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    this.#options.log({ level, message, fields });
  }
}

function isServing({ listening, closed }: Thread): boolean {
  return listening && !closed;
}
