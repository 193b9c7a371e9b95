/** What a UDP listener is told, however it reads and writes. */
import type { Clock } from '../clock.ts';
import type { Endpoint } from './endpoint.ts';
import type { Respond } from './listener.ts';
import type { ListenerObserver } from './observer.ts';

export interface UdpOptions {
  readonly endpoint: Endpoint;
  readonly respond: Respond;
  readonly clock: Clock;
  readonly observer?: ListenerObserver | undefined;
  /** Octets of the largest answer; `respond` is given room for at least as many. */
  readonly payloadSize?: number | undefined;
  /** Bytes the kernel may keep of packets not yet read; 0 leaves its own default. */
  readonly receiveBuffer?: number | undefined;
  /** Whether other listeners that say so too may share the port, as several threads do. */
  readonly reusePort?: boolean | undefined;
}

/** Octets of the longest query taken; RFC 6891 section 6.2.5 suggests that 4096 be enough for anything, and a question with options takes a tenth. */
export const QUERY_SIZE = 2048;

/** Packets of one system call. More would not make them cheaper, and would make the last wait for the first. */
export const BATCH = 64;
