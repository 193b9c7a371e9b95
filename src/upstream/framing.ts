/** Messages on a stream: two octets of length in front of each (RFC 1035 section 4.2.2, RFC 7766 section 8). */

export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + 2);
  framed[0] = message.length >> 8;
  framed[1] = message.length;
  framed.set(message, 2);
  return framed;
}

/** Puts messages together from chunks of any size. Holds one message's octets at most, however they come. */
export class Deframer {
  #reading: 'length' | 'message' = 'length';
  #buffer = new Uint8Array(2);
  #filled = 0;

  /** The messages that `chunk` completes, each in a buffer of its own. */
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
    const length = this.#reading === 'length' ? (this.#buffer[0]! << 8) | this.#buffer[1]! : 0;
    if (this.#reading === 'message') messages.push(this.#buffer);
    // A message of no octets is over at once.
    this.#reading = length > 0 ? 'message' : 'length';
    this.#buffer = new Uint8Array(length > 0 ? length : 2);
    this.#filled = 0;
  }
}
