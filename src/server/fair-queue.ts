/**
 * Packets that wait while more arrive than can be answered, taken from one client after the other, so that a flood delays and loses hardly any but its own
 * (stochastic fairness queueing, McKenney 1990; clients that ask little go first, as in RFC 8290).
 */
import type { Random } from '../clock.ts';
import { hashPrefix } from '../query/hashes.ts';
import type { PacketSlots, SlotShape } from './packet-slots.ts';

/** Places: one client's packets take half of them at most, nearly as many as the kernel's buffer of 4 MiB holds. */
export const PLACES = 16_384;
/** Octets of the longest packet that may wait; hardly any query is longer, and such ones are dropped. */
export const LONGEST = 512;
/** Packets of a client answered at once in each turn if none of it waits: more than an honest client sends within the ms that a turn takes. */
export const AT_ONCE = 8;
/** Clients whose addresses have the same hash share one queue; a power of two. */
const QUEUES = 1024;
/** Turns after which the hash changes, so that whoever shares a queue with a flood does so for a second or two. */
export const TURNS_A_KEY = 1000;
const NONE = -1;

export class FairQueue {
  /* A place's octets:   ┌ sockaddr ┬ control data ┬ packet ┐   The kernel gives memory only to the pages that packets were written to. */
  readonly #octets: Uint8Array;
  readonly #stride: number;
  readonly #lengths = new Int32Array(PLACES);
  readonly #controlLengths = new Int32Array(PLACES);
  /** The place behind each in its queue, or among the free ones. */
  readonly #next = new Int32Array(PLACES);
  #free = 0;
  #freeCount = PLACES;
  /** The places of each queue's first and last packets, and how many it has. */
  readonly #first = new Int32Array(QUEUES);
  readonly #last = new Int32Array(QUEUES);
  readonly #waiting = new Int32Array(QUEUES);
  /** Packets of each queue answered at once in this turn, up to AT_ONCE. */
  readonly #answered = new Uint8Array(QUEUES);
  /** A ring of the queues that are not empty, in turn. */
  readonly #turns = new Int32Array(QUEUES);
  #turn = 0;
  #turnCount = 0;
  readonly #random: Random;
  #key = 0;
  #turnsLeft = 0;
  #dropped = 0;

  constructor({ nameLength, controlLength }: SlotShape, random: Random) {
    this.#stride = nameLength + controlLength + LONGEST;
    this.#octets = new Uint8Array(PLACES * this.#stride);
    this.#random = random;
    for (let place = 0; place < PLACES; place++) this.#next[place] = place + 1 < PLACES ? place + 1 : NONE;
  }

  /** Packets that wait. */
  get length(): number {
    return PLACES - this.#freeCount;
  }

  /** Lets each client have some packets answered at once again. */
  beginTurn(): void {
    this.#answered.fill(0);
    if (this.#turnsLeft-- > 0) return;
    // A client's waiting packets may then be answered after its next ones; over UDP, no order is promised.
    this.#turnsLeft = TURNS_A_KEY;
    this.#key = Math.floor(this.#random() * 2 ** 32);
  }

  /** Returns whether the packet in slot `i`, from `address`, is not to be answered now: it waits, or its client has as many waiting as it may. */
  holdsBack(slots: PacketSlots, i: number, address: Uint8Array): boolean {
    const queue = hashPrefix(address, address.length * 8, this.#key) & (QUEUES - 1);
    const waiting = this.#waiting[queue]!;
    if (waiting === 0 && this.#answered[queue]! < AT_ONCE) {
      this.#answered[queue]! += 1;
      return false;
    }
    // As many as there are places left (dynamic thresholds, Choudhury and Hahne 1998): the greediest client leaves half of them to the others.
    if (waiting < this.#freeCount && slots.received(i) <= LONGEST) this.#put(queue, slots, i);
    else this.#dropped++;
    return true;
  }

  /** Moves packets to `slots`, one of each client in turn, as many as fit. Returns how many. */
  take(slots: PacketSlots): number {
    let taken = 0;
    for (; taken < slots.shape.count && this.#turnCount > 0; taken++) {
      const queue = this.#turns[this.#turn]!;
      this.#turn = (this.#turn + 1) & (QUEUES - 1);
      this.#turnCount--;
      const place = this.#first[queue]!;
      this.#first[queue] = this.#next[place]!;
      this.#waiting[queue]! -= 1;
      if (this.#waiting[queue]! > 0) this.#awaitTurn(queue);
      this.#move(place, slots, taken);
      this.#next[place] = this.#free;
      this.#free = place;
      this.#freeCount++;
    }
    return taken;
  }

  /** Returns how many packets were dropped since the last call. */
  drops(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #put(queue: number, slots: PacketSlots, i: number): void {
    const place = this.#free;
    this.#free = this.#next[place]!;
    this.#freeCount--;
    const length = slots.received(i);
    const name = slots.names[i]!;
    const control = slots.controls[i]!;
    const at = place * this.#stride;
    copy(name, 0, name.length, this.#octets, at);
    copy(control, 0, control.length, this.#octets, at + name.length);
    copy(slots.packets[i]!, 0, length, this.#octets, at + name.length + control.length);
    this.#lengths[place] = length;
    this.#controlLengths[place] = slots.controlReceived(i);
    if (this.#waiting[queue] === 0) {
      this.#first[queue] = place;
      this.#awaitTurn(queue);
    } else {
      this.#next[this.#last[queue]!] = place;
    }
    this.#last[queue] = place;
    this.#waiting[queue]! += 1;
  }

  #awaitTurn(queue: number): void {
    this.#turns[(this.#turn + this.#turnCount++) & (QUEUES - 1)] = queue;
  }

  #move(place: number, slots: PacketSlots, i: number): void {
    const name = slots.names[i]!;
    const control = slots.controls[i]!;
    const at = place * this.#stride;
    copy(this.#octets, at, name.length, name, 0);
    copy(this.#octets, at + name.length, control.length, control, 0);
    copy(this.#octets, at + name.length + control.length, this.#lengths[place]!, slots.packets[i]!, 0);
    slots.setReceived(i, this.#lengths[place]!);
    slots.setControlLength(i, this.#controlLengths[place]!);
  }
}

function copy(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}
