/** What every listener is: it takes packets in, hands them to the responder, and sends back what that returns. */
import type { Client } from '../wire/query.ts';

export interface Listener {
  /** `udp://127.0.0.1:53`, `tcp://[::1]:53`, `tls://…`, `https://…`; with port 0, the port bound once listening. */
  readonly url: string;
  /** Rejects with the system's error (EADDRINUSE, EACCES, …), the address in its message. */
  listen(): Promise<void>;
  /** Takes no more queries, sends the answers of those in flight, then resolves. */
  close(): Promise<void>;
}

/**
 * Answers one message. Writes the response into `target` (which may be `packet` itself) and returns its length; 0 when nothing is to be sent;
 * or -1 when the answer comes later: `later` is then called once, with the response in a buffer of its own, or an empty one for nothing.
 * Never throws.
 */
export type Respond = (
  packet: Uint8Array,
  length: number,
  client: Client,
  /** Clock.monotonic() of the batch, ms. */
  receivedAt: number,
  target: Uint8Array,
  later: (response: Uint8Array) => void,
) => number;
