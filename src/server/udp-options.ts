/** The options and limits common to both UDP listeners, batched and node:dgram. */
import type { Clock } from '../clock.ts';
import type { Endpoint } from './endpoint.ts';
import type { Respond } from './listener.ts';
import type { KnownResponses } from './known-responses.ts';
import type { ListenerObserver } from './observer.ts';

export interface UdpOptions {
  readonly endpoint: Endpoint;
  readonly respond: Respond;
  /** Answers what it knows before `respond` is called, where packets come in batches. */
  readonly known?: KnownResponses | undefined;
  /** Whether this thread waits for an upstream, for any client: then it does not pause for larger batches. */
  readonly isAsking?: (() => boolean) | undefined;
  readonly clock: Clock;
  readonly observer?: ListenerObserver | undefined;
  /** Octets of the largest answer; `respond` gets room for at least as many. */
  readonly payloadSize?: number | undefined;
  /** Bytes of the kernel's receive buffer; 0 leaves its default. */
  readonly receiveBuffer?: number | undefined;
  /** Whether the port may be shared with other listeners that set this too, as the serving threads do. */
  readonly reusePort?: boolean | undefined;
}

/**
 * Octets of the longest query accepted, or `payloadSize` if that is larger. A query with EDNS options takes a few hundred; RFC 6891 section 6.2.5
 * suggests 4096 as the UDP payload size to advertise.
 */
export const QUERY_SIZE = 2048;

/** Packets per system call. More would not make each cheaper, and would make the last wait longer. */
export const BATCH = 64;
