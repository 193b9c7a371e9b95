/** A serving thread: sockets in front of a data plane, which obeys the control thread's commands and reports back. */
import { setDefaultHighWaterMark } from 'node:stream';
import { workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../src/clock.ts';
import { fromPosted } from '../../src/cluster/posted-update.ts';
import { endpointUrl } from '../../src/server/endpoint.ts';
import { KnownResponses } from '../../src/server/known-responses.ts';
import type { Respond } from '../../src/server/listener.ts';
import { responder } from '../../src/server/responder.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import { listenerObserver } from '../../src/telemetry/listener-observer.ts';
import { postedLog, type ProgramLog } from '../../src/telemetry/log.ts';
import { threadCounters } from '../../src/telemetry/shared-memory.ts';
import { Slots } from '../../src/telemetry/slots.ts';
import { watchThread } from '../../src/telemetry/thread-usage.ts';
import { dgramSockets, type UdpSockets } from '../../src/upstream/datagrams.ts';
import { DataPlane } from './data-plane.ts';
import { inquire } from './inquiries.ts';
import { openListeners, type Listeners } from './listeners.ts';
import { servingObservers, type ServingObservers } from './serving-observers.ts';
import type { Command, Report, ServingThreadData } from './messages.ts';

const repeated = cellOf('repeated');

/** Octets a socket buffers before its client counts as not reading; thousands of such clients cost this much each. */
const WRITE_AHEAD = 16 << 10;

/** Runs until the `close` command; the thread then ends, as nothing is left to do. */
export function runServingThread(port: MessagePort): void {
  setDefaultHighWaterMark(false, WRITE_AHEAD);
  const thread = new ServingThread(port, workerData as ServingThreadData);
  port.on('message', (command: Command) => thread.obey(command));
}

class ServingThread {
  readonly #port: MessagePort;
  readonly #data: ServingThreadData;
  readonly #counters: Counters;
  readonly #log: ProgramLog;
  readonly #observers: ServingObservers;
  readonly #known: KnownResponses;
  readonly #plane: DataPlane;
  readonly #stopping = new AbortController();
  readonly #stopWatching: () => void;
  #listeners: Listeners | undefined;

  constructor(port: MessagePort, data: ServingThreadData) {
    const counters = threadCounters(data.memory.counters);
    const slots = new Slots(data.memory.slots);
    const log = postedLog((line) => this.#report({ kind: 'log', line }), { level: data.options.logLevel, clock: systemClock, counters });
    const observers = servingObservers(data.options, { counters, slots, log, ring: data.memory.ring });
    this.#port = port;
    this.#data = data;
    this.#counters = counters;
    this.#log = log;
    this.#observers = observers;
    this.#known = new KnownResponses({
      lasting: (query, answer, repeats) => this.#plane.lasting(query, answer, repeats),
      stillLasts: (query, answer) => this.#plane.stillLasts(query, answer),
      repeats: (query, hit) => this.#plane.repeats(query, hit),
      responded: (query, answer, size, response) => {
        counters[repeated]! += 1;
        observers.responder.responded(query, answer, size, response);
      },
    });
    // Libc is loaded with the listeners; what is asked before, such as probes, takes node:dgram.
    const sockets = (): UdpSockets => this.#listeners?.peers ?? dgramSockets;
    this.#plane = new DataPlane(
      { ...data.options, ...data.addresses },
      {
        ...data,
        changed: () => this.#known.forget(),
        zonesChanged: () => this.#known.recheck(),
        counters,
        slots,
        log,
        signal: this.#stopping.signal,
        sockets: { connect: (...peer) => sockets().connect(...peer), whenRead: (run) => sockets().whenRead(run) },
        upstreamObserver: observers.upstream,
        blocked: observers.blocked,
      },
    );
    this.#stopWatching = watchThread(counters);
  }

  obey(command: Command): void {
    const plane = this.#plane;
    switch (command.kind) {
      case 'listen':
        void this.#listen().catch((error: unknown) => this.#report(failure(error)));
        break;
      case 'update':
        plane.apply(fromPosted(command.update));
        this.#taken('update');
        break;
      case 'rebuild':
        plane.rebuild(fromPosted(command.update));
        this.#taken('rebuild');
        break;
      case 'rebuilt':
        plane.useRebuilt();
        break;
      case 'reload':
        this.#log.setLevel(command.options.logLevel);
        plane.reload(command.options, command.anew);
        break;
      case 'lists':
        plane.useLists(command.lists);
        break;
      case 'call':
        this.#report({ kind: 'here' });
        break;
      case 'ask':
        this.#report({ kind: 'reply', id: command.id, value: inquire(plane, command.question) });
        break;
      case 'close':
        void this.#close();
    }
  }

  async #listen(): Promise<void> {
    const data = this.#data;
    const plane = this.#plane;
    this.#listeners = await openListeners({
      ...data,
      respond: this.#respond(),
      known: this.#known,
      isAsking: plane.isAsking,
      log: this.#log,
      claim: data.isFirst && data.sharePorts && !data.options.sharePorts,
      observer: (transport, address) =>
        listenerObserver({
          counters: this.#counters,
          transport,
          url: endpointUrl(transport, address),
          batch: (elapsed) => this.#observers.responder.batch(elapsed),
          read: (more) => plane.congestion.read(more),
          backlog: (waiting, dropped) => plane.congestion.backlog(waiting, dropped),
          log: this.#log,
          clock: systemClock,
        }),
    });
    const { urls, addresses } = this.#listeners;
    this.#report({ kind: 'listening', urls, addresses });
  }

  #respond(): Respond {
    const plane = this.#plane;
    const { options } = this.#data;
    const observer = this.#observers.responder;
    return responder(plane.handler, {
      clock: systemClock,
      observer: {
        ...observer,
        responded: (query, answer, size, response) => {
          observer.responded(query, answer, size, response);
          this.#known.note(query, answer);
        },
      },
      udpPayload: options.udpPayload,
      nsid: options.nsid,
      cookie: (query) => plane.policies.cookie?.(query) ?? {},
      limit: (query, answer) => plane.policies.limit(query, answer),
    });
  }

  async #close(): Promise<void> {
    await this.#listeners?.close();
    this.#stopping.abort();
    const peers = this.#listeners?.peers;
    this.#listeners = undefined;
    peers?.close();
    this.#stopWatching();
    this.#port.close();
  }

  /** Reported in the next turn of the event loop, by which the queries that came meanwhile are answered. */
  #taken(of: 'update' | 'rebuild'): void {
    setImmediate(() => this.#report({ kind: 'taken', of }));
  }

  #report(message: Report): void {
    this.#port.postMessage(message);
  }
}

function failure(error: unknown): Report {
  const { message, code, syscall, path } = error as NodeJS.ErrnoException;
  return { kind: 'failed', message, system: { code, syscall, path } };
}
