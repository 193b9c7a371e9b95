/** A serving thread: sockets in front of a data plane, which obeys the control thread's commands and reports back. */
import { setDefaultHighWaterMark } from 'node:stream';
import { workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../src/clock.ts';
import { fromPosted } from '../../src/cluster/posted-update.ts';
import { endpointUrl } from '../../src/server/endpoint.ts';
import { KnownResponses } from '../../src/server/known-responses.ts';
import { responder } from '../../src/server/responder.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import { listenerObserver } from '../../src/telemetry/listener-observer.ts';
import { postedLog } from '../../src/telemetry/log.ts';
import { threadCounters } from '../../src/telemetry/shared-memory.ts';
import { Slots } from '../../src/telemetry/slots.ts';
import { watchThread } from '../../src/telemetry/thread-usage.ts';
import { dgramSockets, type UdpSockets } from '../../src/upstream/datagrams.ts';
import { DataPlane } from './data-plane.ts';
import { inquire } from './inquiries.ts';
import { openListeners, type Listeners } from './listeners.ts';
import { servingObservers } from './serving-observers.ts';
import type { Command, Report, ServingThreadData } from './messages.ts';

const repeated = cellOf('repeated');

/** Octets a socket buffers before its client counts as not reading; thousands of such clients cost this much each. */
const WRITE_AHEAD = 16 << 10;

/** Runs until the `close` command; the thread then ends, as nothing is left to do. */
export function runServingThread(port: MessagePort): void {
  setDefaultHighWaterMark(false, WRITE_AHEAD);
  const data = workerData as ServingThreadData;
  const report = (message: Report): void => port.postMessage(message);
  const counters = threadCounters(data.memory.counters);
  const slots = new Slots(data.memory.slots);
  const log = postedLog((line) => report({ kind: 'log', line }), { level: data.options.logLevel, clock: systemClock, counters });
  const stopping = new AbortController();
  const { signal } = stopping;
  const observers = servingObservers(data.options, { counters, slots, log, ring: data.memory.ring });
  let listeners: Listeners | undefined;
  // Libc is loaded with the listeners; what is asked before, such as probes, takes node:dgram.
  const sockets = (): UdpSockets => listeners?.peers ?? dgramSockets;
  const upstreamSockets: UdpSockets = { connect: (...peer) => sockets().connect(...peer), whenRead: (run) => sockets().whenRead(run) };
  const known = new KnownResponses({
    lasting: (query, answer, repeats) => plane.lasting(query, answer, repeats),
    repeats: (query, hit) => plane.repeats(query, hit),
    responded: (query, answer, size, response) => {
      counters[repeated]! += 1;
      observers.responder.responded(query, answer, size, response);
    },
  });
  const plane = new DataPlane(
    { ...data.options, ...data.addresses },
    {
      ...data,
      changed: () => known.forget(),
      counters,
      slots,
      log,
      signal,
      sockets: upstreamSockets,
      upstreamObserver: observers.upstream,
      blocked: observers.blocked,
    },
  );
  const stopWatching = watchThread(counters);

  const respond = responder(plane.handler, {
    clock: systemClock,
    observer: {
      ...observers.responder,
      responded: (query, answer, size, response) => {
        observers.responder.responded(query, answer, size, response);
        known.note(query, answer);
      },
    },
    udpPayload: data.options.udpPayload,
    nsid: data.options.nsid,
    cookie: (query) => plane.policies.cookie?.(query) ?? {},
    limit: (query, answer) => plane.policies.limit(query, answer),
  });
  const listen = async (): Promise<void> => {
    listeners = await openListeners({
      ...data,
      respond,
      known,
      isAsking: plane.isAsking,
      log,
      claim: data.isFirst && data.sharePorts && !data.options.sharePorts,
      observer: (transport, address) =>
        listenerObserver({
          counters,
          transport,
          url: endpointUrl(transport, address),
          batch: (elapsed) => observers.responder.batch(elapsed),
          read: (more) => plane.congestion.read(more),
          backlog: (waiting, dropped) => plane.congestion.backlog(waiting, dropped),
          log,
          clock: systemClock,
        }),
    });
    report({ kind: 'listening', urls: listeners.urls, addresses: listeners.addresses });
  };
  const close = async (): Promise<void> => {
    await listeners?.close();
    stopping.abort();
    const peers = listeners?.peers;
    listeners = undefined;
    peers?.close();
    stopWatching();
    port.close();
  };
  // Reported in the next turn of the event loop, by which the queries that came meanwhile are answered.
  const taken = (of: 'update' | 'rebuild'): void => void setImmediate(() => report({ kind: 'taken', of }));
  const obey = (command: Command): void => {
    if (command.kind === 'listen') void listen().catch((error: unknown) => report(failure(error)));
    else if (command.kind === 'update') {
      plane.apply(fromPosted(command.update));
      taken('update');
    } else if (command.kind === 'rebuild') {
      plane.rebuild(fromPosted(command.update));
      taken('rebuild');
    } else if (command.kind === 'rebuilt') plane.useRebuilt();
    else if (command.kind === 'reload') {
      log.setLevel(command.options.logLevel);
      plane.reload(command.options, command.anew);
    } else if (command.kind === 'lists') plane.useLists(command.lists);
    else if (command.kind === 'call') report({ kind: 'here' });
    else if (command.kind === 'ask') report({ kind: 'reply', id: command.id, value: inquire(plane, command.question) });
    else void close();
  };
  port.on('message', obey);
}

function failure(error: unknown): Report {
  const { message, code, syscall, path } = error as NodeJS.ErrnoException;
  return { kind: 'failed', message, system: { code, syscall, path } };
}
