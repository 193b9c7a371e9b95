/** The control thread: puts source, publisher, serving threads, telemetry and admin address together, and runs them until the signal. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import type { Options } from '../../src/config/options.ts';
import type { Address } from '../../src/config/option.ts';
import { newLoopToken } from '../../src/upstream/loop.ts';
import { adminServer, type Admin, type Routes } from '../../src/telemetry/admin.ts';
import { topRoute } from '../../src/telemetry/admin-routes.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { DEFAULT_ADMIN } from './ask-admin.ts';
import { adminRoutes } from './admin-routes.ts';
import type { Context } from './command.ts';
import { controlTelemetry, type ControlTelemetry } from './control-telemetry.ts';
import { welcome } from './example.ts';
import { followConfig } from './follow-config.ts';
import { readLists } from './lists.ts';
import { ServingThreads } from './serving-threads.ts';
import { hearReloads } from './signals.ts';
import { keepSnapshot, readSnapshot } from './snapshot-file.ts';
import { chooseSource, listenAddresses, type SourceKind } from './source-choice.ts';
import { feed, neededKinds } from './source.ts';

/** The file that the program was started from; its threads start from it too, in a checkout and in a bundle. */
const ENTRY = process.argv[1]!;

/** Resolves to the exit code when the signal has come and everything is closed. Rejects with errors that startup-error.ts explains. */
export async function serve(options: Options, context: Context): Promise<number> {
  const source = chooseSource(options, process.env, existsSync);
  const telemetry = controlTelemetry(options);
  try {
    return await run(options, context, source, telemetry);
  } finally {
    // Whatever ended it: what still counts would keep the process.
    await telemetry.close();
  }
}

async function run(options: Options, context: Context, source: SourceKind, telemetry: ControlTelemetry): Promise<number> {
  const { signal, print } = context;
  const listen = listenAddresses(options, source);
  const { log } = telemetry;
  hearReloads(process, isatty(0), log);
  const stopping = new AbortController();
  const running = AbortSignal.any([signal, stopping.signal]);

  const firstList = new AbortController();
  const snapshot = readSnapshot(options, source, log);
  const publisher = new Publisher({
    clock: systemClock,
    needed: neededKinds(options),
    initial: snapshot,
    schedule: (run) => threads.whenTaken(run),
    post: (update) => {
      threads.post(update);
      // Aborting again would create an error with a stack for each change of the cluster.
      if (update.state === 'live' && !firstList.signal.aborted) firstList.abort();
    },
    observer: telemetry.cluster,
  });
  const firstLists = await readLists(options, log, running);
  if (firstLists === undefined) return 0;
  let lists = firstLists;
  const secrets = { cookieSecret: randomBytes(16), loopToken: newLoopToken() };
  const threads: ServingThreads = new ServingThreads({
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
    catchUp: () => publisher.catchUp(),
    current: () => (lists.data === undefined ? [] : [{ kind: 'lists', lists: lists.data }]),
    clock: systemClock,
    log: (line) => log[line.level](line.fields, line.message),
  });
  let current = options;
  let listening = false;
  const notReady = (): string[] => [
    ...(signal.aborted ? ['leaving: asked to stop'] : []),
    ...(listening ? [] : ['not listening yet']),
    ...(listening && !threads.areServing ? ['no serving thread answers'] : []),
    ...(publisher.state === 'loading' ? [`the first list is not complete of: ${publisher.missing.join(', ')}`] : []),
  ];
  const metrics = telemetry.metrics(publisher, serverLabels(listen, options), { replaced: () => threads.replaced, options: () => current });
  const routes = {
    ...adminRoutes({ metrics, publisher, threads, options: () => current, listen, notReady }),
    ...topRoute(telemetry.records.top),
  };

  const admin = await openAdmin(options, routes, log);
  try {
    const start = async (): Promise<void> => {
      await threads.start();
      listening = true;
      log.info({ urls: threads.urls, admin: admin?.url, source }, 'serving');
      const shown = { host: listen[0]!.host, port: Number(new URL(threads.urls[0]!).port) };
      if (source === 'example') void untilAborted(firstList.signal).then(() => print(welcome(shown)));
    };
    // Starts now, as listing a large cluster takes longer than starting a thread, and ends after the lame-duck period, so that answers stay current.
    const feeding = feed(source, options, publisher.store, telemetry.source, stopping.signal, { snapshot });
    if (!options.sharePorts) await Promise.race([start(), feeding, untilAborted(running)]);
    const listing = lists.follow((data) => {
      lists = { ...lists, data };
      threads.useLists(data);
    }, running);
    const saving = keepSnapshot(options, source, { publisher, log, observer: telemetry.snapshot, signal: stopping.signal });
    const use = (next: Options): void => {
      current = next;
      log.setLevel(next.logLevel);
      telemetry.records.configure(next);
      threads.reload(next);
    };
    followConfig(options, { context, log, observer: telemetry.reload, signal: running, use });
    // Other processes on the same ports answer until this one can.
    if (options.sharePorts && publisher.state === 'loading')
      await Promise.race([feeding, untilAborted(AbortSignal.any([running, firstList.signal]))]);
    if (options.sharePorts && !running.aborted) await Promise.race([start(), feeding, untilAborted(running)]);
    await Promise.race([feeding, untilAborted(running)]);
    if (threads.areServing && publisher.state !== 'loading') await lameDuck(options, signal, log);
    stopping.abort();
    await Promise.all([saving, listing]);
    return 0;
  } finally {
    stopping.abort();
    await threads.close(options.grace);
    await admin?.close();
  }
}

/** Opens the admin address. A failure is fatal only if the address was given: another kubezone may have the default one. */
async function openAdmin(options: Options, routes: Routes, log: Log): Promise<Admin | undefined> {
  const admin = adminServer({ address: options.admin ?? DEFAULT_ADMIN, debug: options.adminDebug, routes, log });
  try {
    await admin.listen();
    return admin;
  } catch (error) {
    if (options.admin !== undefined) throw error;
    log.warn({ error: (error as Error).message }, 'no admin address: the default one is taken; choose one by --admin');
    return undefined;
  }
}

/** Keeps answering while not ready, so that no client still sends here when the server closes. Not after SIGINT: a person at the keyboard waits. */
async function lameDuck({ lameduck }: Options, signal: AbortSignal, log: Log): Promise<void> {
  if (signal.reason === 'SIGINT' || lameduck === 0) return;
  log.info({ milliseconds: lameduck }, 'leaving: not ready, and answering still');
  await systemClock.wait(lameduck);
}

/** Returns CoreDNS's `server` label of each transport: the scheme and the port. */
function serverLabels(listen: readonly Address[], options: Options): Readonly<Record<string, string>> {
  const label = (scheme: string, [first]: readonly Address[]): string => `${scheme}://:${first?.port ?? 0}`;
  const dns = label('dns', listen);
  return { udp: dns, tcp: dns, tls: label('tls', options.listenTls), https: label('https', options.listenHttps) };
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
