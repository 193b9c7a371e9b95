/** The interface of all listeners: they receive packets, hand them to the responder, and send back what it returns. */
import type { Client } from '../wire/query.ts';

export interface Listener {
  /** `udp://127.0.0.1:53`, `tcp://[::1]:53`, `tls://…`, `https://…`; with port 0, the port bound once listening. */
  readonly url: string;
  /** Rejects with the system's error (EADDRINUSE, EACCES, …), with the address in its message. */
  listen(): Promise<void>;
  /** Takes no more queries, sends the answers of those in flight, then resolves. */
  close(): Promise<void>;
}

/**
 * Answers one message. Writes the response into `target` (which may be `packet` itself) and returns its length; 0 to send nothing; or -1 when the
 * answer comes later: `later` is then called once, with the response, or with an empty buffer to send nothing. For UDP the response's memory is used
 * again after that call; for the other transports it is the listener's. Never throws.
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
