/** Messages on a stream, each with a two-octet length in front (RFC 1035 section 4.2.2, RFC 7766 section 8). */
import { uint16At } from '../wire/integers.ts';

export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >> 8;
  framed[1] = message.length;
  framed.set(message, 2);
  return framed;
}

/** Reassembles messages from chunks of any size. Buffers one message at most. */
export class Deframer {
  #reading: 'length' | 'message' = 'length';
  #buffer = new Uint8Array(2);
  #filled = 0;

  /** Returns the messages that `chunk` completes, each in its own buffer. */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === this.#buffer.length) this.#turn(messages);
    }
    return messages;
  }

  #turn(messages: Uint8Array[]): void {
    const length = this.#reading === 'length' ? uint16At(this.#buffer, 0) : 0;
    if (this.#reading === 'message') messages.push(this.#buffer);
    // An empty message is skipped.
    this.#reading = length > 0 ? 'message' : 'length';
    this.#buffer = new Uint8Array(length > 0 ? length : 2);
    this.#filled = 0;
  }
}
