/** UDP with many packets per system call: received, answered in place, and sent back from the same memory (RFC 1035 section 4.2.1). */
import { uint16At } from '../wire/integers.ts';
import type { Client } from '../wire/query.ts';
import { systemRandom, type Clock } from '../clock.ts';
import { endpointUrl, type Endpoint } from './endpoint.ts';
import { FairQueue } from './fair-queue.ts';
import type { KnownResponses } from './known-responses.ts';
import { loadLibc, type Libc } from './libc.ts';
import type { Listener, Respond } from './listener.ts';
import { unobserved, type ListenerObserver } from './observer.ts';
import { Outbox, type Destination } from './outbox.ts';
import { pacingOf, type Pacing } from './pacing.ts';
import { PacketSlots } from './packet-slots.ts';
import { BATCH, QUERY_SIZE, type UdpOptions } from './udp-options.ts';
import { UdpSocket } from './udp-socket.ts';

/** Throws where libc's batch calls are not available. */
export function batchedUdpListener(options: UdpOptions, libc: Libc = loadLibc()): Listener {
  let endpoint: Endpoint = options.endpoint;
  let loop: BatchLoop | undefined;
  return {
    get url() {
      return endpointUrl('udp', endpoint);
    },
    listen: () =>
      new Promise((resolve) => {
        loop = new BatchLoop(libc, options);
        endpoint = loop.endpoint;
        resolve();
      }),
    async close() {
      await loop?.close();
      loop = undefined;
    },
  };
}

/** Batches before timers, signals and messages are handled: a few ms at full load. */
const BATCHES_A_TURN = 8;
/**
 * Octets queued from which on clients are answered in turn: some eight hundred packets as the kernel counts them, which may include as many that have
 * been read. So a client with some hundred queries in flight, such as a node's cache, does not cause it. Of a small receive buffer, this part.
 */
const BEHIND = 640 * 1024;
const BEHIND_PART = 3 / 4;
/** Batches read in a turn while behind. Most packets are only put in the queue. */
const BATCHES_READ = 32;
/** Most batches answered on closing: more than a receive buffer of a few MiB holds. */
const LAST_BATCHES = 1024;
/** ms after which a packet for which the kernel has already chosen a socket is surely in that socket's queue. */
const UNDER_WAY = 5;
/** ms between two reads of the drop counters. */
const DROPS_INTERVAL = 1000;

interface SlotClient extends Client {
  port: number;
}

/** Answers a slot's query when that takes longer than its batch. */
interface Reply {
  /** Set once `respond` has returned that it answers later: the slot itself is reused at once. */
  destination: Destination | undefined;
  readonly later: (response: Uint8Array) => void;
}

class BatchLoop {
  readonly #libc: Libc;
  readonly endpoint: Endpoint;
  readonly #socket: UdpSocket;
  readonly #respond: Respond;
  readonly #known: KnownResponses | undefined;
  readonly #isAsking: () => boolean;
  readonly #pacing: Pacing;
  readonly #clock: Clock;
  readonly #observer: ListenerObserver;
  readonly #slots: PacketSlots;
  readonly #clients: readonly SlotClient[];
  readonly #replies: Reply[];
  readonly #outbox: Outbox;
  readonly #queue: FairQueue;
  readonly #wake: { close(): void };
  readonly #dropsTimer: NodeJS.Timeout;
  /** Octets queued from which on clients are answered in turn. */
  readonly #behind: number;
  #open = true;
  #pending = 0;
  #clientDrops = 0;
  #finished: (() => void) | undefined;

  constructor(libc: Libc, options: UdpOptions) {
    const { endpoint, receiveBuffer = 0, reusePort = false, payloadSize = QUERY_SIZE, observer = unobserved } = options;
    this.#respond = options.respond;
    this.#known = options.known;
    this.#isAsking = options.isAsking ?? (() => this.#pending > 0);
    this.#pacing = pacingOf(reusePort);
    this.#libc = libc;
    this.#clock = options.clock;
    this.#observer = observer;
    const socket = new UdpSocket(libc, { endpoint, receiveBuffer, reusePort, clock: options.clock }, observer);
    this.#socket = socket;
    this.endpoint = socket.endpoint;
    const { nameLength, controlLength, addressRange } = socket;
    const shape = { count: BATCH, size: Math.max(QUERY_SIZE, payloadSize), nameLength, controlLength };
    this.#slots = new PacketSlots(shape, libc);
    this.#clients = this.#slots.names.map((name) => ({ address: name.subarray(...addressRange), port: 0, transport: 'udp' }));
    this.#replies = this.#clients.map(() => this.#newReply());
    this.#behind = Math.min(BEHIND, socket.capacity * BEHIND_PART);
    this.#queue = new FairQueue(shape, systemRandom);
    this.#outbox = new Outbox(socket, new PacketSlots(shape, libc), observer);
    try {
      this.#wake = libc.wake(socket.fd);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#arm();
    this.#dropsTimer = setInterval(() => this.#countDrops(), DROPS_INTERVAL).unref();
  }

  /** Answers what is queued here, waits for the late answers, and closes; the other sockets on the port receive everything else. */
  async close(): Promise<void> {
    this.#socket.hearNobody();
    await this.#clock.wait(UNDER_WAY);
    this.#wake.close();
    clearInterval(this.#dropsTimer);
    while (this.#queue.length > 0) this.#answer(this.#queue.take(this.#slots));
    for (let batches = 0; batches < LAST_BATCHES && this.#batch() > 0; batches++);
    this.#open = false;
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#finished = resolve));
    this.#outbox.flush();
    this.#countDrops();
    this.#socket.close();
  }

  /** Reads in the next turn of the event loop, which sleeps until something wakes it. */
  #arm(): void {
    setImmediate(this.#turn).unref();
  }

  readonly #turn = (): void => {
    if (!this.#open) return;
    const { busy, stillBusy, pause } = this.#pacing;
    let isBehind = this.#queue.length > 0;
    let isBusy = true;
    let answered = 0;
    // If more is queued, the descriptor stays readable and wakes the loop again.
    for (let batches = 0; isBusy && !isBehind && batches < BATCHES_A_TURN; batches++) {
      const received = this.#batch();
      answered += received;
      isBusy = received >= (batches === 0 ? busy : stillBusy);
      if (received === BATCH) isBehind = this.#socket.tellBacklog(0, 0) > this.#behind;
      // The answers of upstreams would wait too.
      else if (isBusy && !this.#isAsking()) this.#libc.pause(pause);
    }
    if (isBehind) this.#catchUp(answered);
    if (this.#queue.length > 0) setImmediate(this.#turn);
    else this.#arm();
  };

  /** Returns the number of packets received. */
  #batch(): number {
    const received = this.#socket.receive(this.#slots);
    this.#answer(received);
    if (received > 0) this.#observer.read(received === BATCH);
    return received;
  }

  /** Reads all that is queued, answers clients that ask little at once, then one batch of waiting packets. `answered`: how many were, in this turn. */
  #catchUp(answered: number): void {
    const slots = this.#slots;
    const queue = this.#queue;
    queue.beginTurn();
    let received: number;
    let batches = 0;
    do {
      received = this.#socket.receive(slots);
      answered += this.#answer(received, queue);
    } while (received === BATCH && ++batches < BATCHES_READ && answered < BATCHES_A_TURN * BATCH);
    const drops = queue.drops();
    this.#clientDrops += drops;
    this.#socket.tellBacklog(queue.length, drops);
    this.#answer(queue.take(slots));
    this.#observer.read(received === BATCH || queue.length > 0);
  }

  /** Answers the packets in the first `count` slots, except those that `queue` holds back. Returns how many it did not. */
  #answer(count: number, queue?: FairQueue): number {
    if (count === 0) return 0;
    const slots = this.#slots;
    const now = this.#clock.monotonic();
    this.#socket.beginBatch();
    let sent = 0;
    let kept = 0;
    // Answers in neighbouring slots are sent together; a slot without an answer ends the run.
    let run = 0;
    for (let i = 0; i < count; i++) {
      const isHeldBack = queue !== undefined && !slots.wasCut(i) && queue.holdsBack(slots, i, this.#clients[i]!.address);
      if (isHeldBack) kept++;
      if (!isHeldBack && this.#respondTo(i, now)) {
        run++;
      } else if (run > 0) {
        sent += this.#socket.send(slots, i - run, run);
        run = 0;
      }
    }
    if (run > 0) sent += this.#socket.send(slots, count - run, run);
    slots.clear(count);
    if (kept < count) this.#observer.batch(count - kept, sent, this.#clock.monotonic() - now);
    return count - kept;
  }

  /** Returns whether slot `i` now holds an answer to send. */
  #respondTo(i: number, now: number): boolean {
    const slots = this.#slots;
    if (slots.wasCut(i)) {
      this.#observer.oversized(1);
      return false;
    }
    const packet = slots.packets[i]!;
    const name = slots.names[i]!;
    const client = this.#clients[i]!;
    const reply = this.#replies[i]!;
    client.port = uint16At(name, 2);
    this.#socket.forgetInterface(slots.controls[i]!);
    const known = this.#known?.respond(slots, i, client, now) ?? 0;
    if (known > 0) {
      slots.setLength(i, known);
      return true;
    }
    const length = this.#respond(packet, slots.received(i), client, now, packet, reply.later);
    if (length > 0) {
      slots.setLength(i, length);
      this.#known?.keep(slots, i, length);
      return true;
    }
    if (length < 0) {
      this.#pending++;
      reply.destination = { name: name.slice(), control: slots.controls[i]!.slice(0, slots.controlReceived(i)) };
      this.#replies[i] = this.#newReply();
    }
    return false;
  }

  #newReply(): Reply {
    const reply: Reply = {
      destination: undefined,
      later: (response) => {
        const { destination } = reply;
        if (destination === undefined) return;
        reply.destination = undefined;
        if (response.length > 0) this.#outbox.put(destination, response);
        if (--this.#pending === 0) this.#finished?.();
      },
    };
    return reply;
  }

  #countDrops(): void {
    const drops = this.#socket.kernelDrops();
    if (drops > 0) this.#observer.kernelDrops(drops);
    if (this.#clientDrops > 0) this.#observer.clientDrops(this.#clientDrops);
    this.#clientDrops = 0;
  }
}
