/** UDP answers that came later than their batch, collected until the end of this turn of the event loop and sent in one system call. */
import type { ListenerObserver } from './observer.ts';
import type { PacketSlots } from './packet-slots.ts';
import type { UdpSocket } from './udp-socket.ts';

/** Where an answer goes: the client's sockaddr, and the control data that says which of our addresses it asked. */
export interface Destination {
  readonly name: Uint8Array;
  readonly control: Uint8Array;
}

export class Outbox {
  readonly #socket: UdpSocket;
  readonly #slots: PacketSlots;
  readonly #observer: ListenerObserver;
  #count = 0;

  constructor(socket: UdpSocket, slots: PacketSlots, observer: ListenerObserver) {
    this.#socket = socket;
    this.#slots = slots;
    this.#observer = observer;
  }

  /** Copies `response`. */
  put(destination: Destination, response: Uint8Array): void {
    const slots = this.#slots;
    if (response.length > slots.shape.size) {
      this.#observer.failed('sendmmsg', 'EMSGSIZE', 1);
      return;
    }
    const i = this.#count++;
    slots.packets[i]!.set(response);
    slots.names[i]!.set(destination.name);
    slots.controls[i]!.set(destination.control);
    slots.setLength(i, response.length);
    slots.setControlLength(i, destination.control.length);
    if (this.#count === slots.shape.count) this.flush();
    else if (this.#count === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    this.#socket.beginBatch();
    this.#observer.sentLater(this.#socket.send(this.#slots, 0, count));
  }
}
