/** The control thread's life: reads and follows files, opens the admin address, feeds the control plane from the source, and ends with the signal. */
import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import { systemClock } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { adminServer, type Admin, type Routes } from '../../src/telemetry/admin.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { machineInterfaces } from '../../src/upstream/interfaces.ts';
import { DEFAULT_ADMIN } from './ask-admin.ts';
import type { Context } from './command.ts';
import { ControlPlane } from './control-plane.ts';
import { controlTelemetry, type ControlTelemetry } from './control-telemetry.ts';
import { welcome } from './example.ts';
import { followConfig } from './follow-config.ts';
import { readLists } from './lists.ts';
import { hearReloads } from './signals.ts';
import { keepSnapshot, readSnapshot } from './snapshot-file.ts';
import { chooseSource, listenAddresses, type SourceKind } from './source-choice.ts';
import { feed } from './source.ts';

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
  const { log } = telemetry;
  const listen = listenAddresses(options, source);
  hearReloads(process, isatty(0), log);
  const stopping = new AbortController();
  const running = AbortSignal.any([signal, stopping.signal]);
  if (Object.keys(machineInterfaces()).length === 0) log.warn({}, NO_INTERFACES);
  const snapshot = readSnapshot(options, source, log);
  const lists = await readLists(options, log, running);
  if (lists === undefined) return 0;
  const plane = new ControlPlane({ options, listen, telemetry, snapshot, lists: lists.data, signal });
  const { publisher, threads } = plane;

  const admin = await openAdmin(options, plane.routes(), log);
  try {
    const start = async (): Promise<void> => {
      await plane.listen();
      log.info({ urls: threads.urls, admin: admin?.url, source }, 'serving');
      const shown = { host: listen[0]!.host, port: Number(new URL(threads.urls[0]!).port) };
      if (source === 'example') void untilAborted(plane.firstList).then(() => print(welcome(shown)));
    };
    // Starts now, as listing a large cluster takes longer than starting a thread, and ends after the lame-duck period, so that answers stay current.
    const feeding = feed(source, options, publisher.store, telemetry.source, stopping.signal, { snapshot });
    if (!options.sharePorts) await Promise.race([start(), feeding, untilAborted(running)]);
    const listing = lists.follow((data) => plane.useLists(data), running);
    const saving = keepSnapshot(options, source, { publisher, log, observer: telemetry.snapshot, signal: stopping.signal });
    followConfig(options, { context, log, observer: telemetry.reload, signal: running, use: (next) => plane.reload(next) });
    // Other processes on the same ports answer until this one can.
    if (options.sharePorts && publisher.state === 'loading')
      await Promise.race([feeding, untilAborted(AbortSignal.any([running, plane.firstList]))]);
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

const NO_INTERFACES =
  "this machine's addresses are not known: no interface is up, or a sandbox forbids netlink sockets; our zones' nameserver has only those of --listen, " +
  'and an upstream that is this server is found only by asking it';

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

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
