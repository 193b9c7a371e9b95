/** What a listener reports: telemetry counts it, and the client limits judge by it how busy the thread is. */

/** Why we closed a connection, or did not accept it. */
export type CloseReason =
  /** No query within the idle timeout. */
  | 'idle'
  /** A query was begun and not completed in time. */
  | 'slow'
  /** The client does not read its answers. */
  | 'unread'
  /** Closed to make room for a new one: the one that has waited longest for its client, idle, slow or not reading. */
  | 'displaced'
  /** Not accepted: the client has as many as it may, and all of them wait for us. */
  | 'client-limit'
  /** Not accepted: as many are open as may be, and all of them wait for us. */
  | 'limit'
  /** Not DNS: an impossible length, a TLS failure. */
  | 'invalid';

export interface ListenerObserver {
  /** Messages received and answered together, how many of the answers have been sent by now, and the ms from reading the first to having sent the last. */
  batch(received: number, sent: number, elapsed: number): void;
  /** After packets were read and answered: whether others wait that were there already. */
  read(more: boolean): void;
  /** While others wait: the octets they take, as the kernel counts them, and whether packets were dropped since the last call. */
  backlog(waiting: number, dropped: boolean): void;
  /** Answers sent since: later than their batch, or not known to be sent before. */
  sentLater(count: number): void;
  /** Packets dropped because they are longer than any query we accept. */
  oversized(count: number): void;
  /** Packets the kernel dropped because the receive buffer was full, since the last call. */
  kernelDrops(count: number): void;
  /** Packets dropped, since the last call, because their client had as many waiting as it may, or because they were too long to wait. */
  clientDrops(count: number): void;
  /** The receive buffer the kernel granted, bytes. */
  receiveBuffer(size: number): void;
  /** A system call failed (`EAGAIN` of a full send buffer, ENOBUFS, EPERM, …); `lost` answers were not sent. */
  failed(call: string, code: string, lost: number): void;
  opened(): void;
  /** Called once for every connection `opened`; `reason` is set when we closed it. */
  closed(reason?: CloseReason): void;
  /** A connection was not accepted. */
  refused(reason: CloseReason): void;
  /** The certificate was read again; `error` when it could not be used and the old one is kept. */
  certificate(error?: Error): void;
  /** The validity of the certificate in use, reported at the start and after every change. */
  certificateValid(from: Date, to: Date): void;
}

const nothing = (): void => undefined;

export const unobserved: ListenerObserver = {
  batch: nothing,
  read: nothing,
  backlog: nothing,
  sentLater: nothing,
  oversized: nothing,
  kernelDrops: nothing,
  clientDrops: nothing,
  receiveBuffer: nothing,
  failed: nothing,
  opened: nothing,
  closed: nothing,
  refused: nothing,
  certificate: nothing,
  certificateValid: nothing,
};
