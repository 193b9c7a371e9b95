/** What a listener tells of itself. Telemetry counts it, and the limits of clients feel by it how busy the thread is. */

/** Why a connection was closed by us, or not taken. */
export type CloseReason =
  /** No query within the idle timeout. */
  | 'idle'
  /** A query was begun and did not come whole in time. */
  | 'slow'
  /** The client does not read its answers. */
  | 'unread'
  /** The longest idle, closed for a new one. */
  | 'displaced'
  /** Not taken: the client has as many as it may, and all of them wait for us. */
  | 'client-limit'
  /** Not taken: as many are open as may be, and all of them wait for us. */
  | 'limit'
  /** Not DNS: an impossible length, a TLS failure. */
  | 'invalid';

export interface ListenerObserver {
  /** Messages received and answered in one go, and the ms from reading the first to having sent the last. */
  batch(received: number, sent: number, elapsed: number): void;
  /** After a batch as large as they get: octets of the receive buffer that packets still waiting take, and whether others found no room since. */
  backlog(waiting: number, dropped: boolean): void;
  /** Answers sent that came later than their batch. */
  sentLater(count: number): void;
  /** Packets longer than any query we take, dropped. */
  oversized(count: number): void;
  /** Packets the kernel dropped because the receive buffer was full, since it was last said. */
  kernelDrops(count: number): void;
  /** The receive buffer the kernel granted, bytes. */
  receiveBuffer(size: number): void;
  /** A system call failed (`EAGAIN` of a full send buffer, ENOBUFS, EPERM, …); `lost` answers were not sent. */
  failed(call: string, code: string, lost: number): void;
  opened(): void;
  /** Every connection once `opened`; `reason` when it was our doing. */
  closed(reason?: CloseReason): void;
  /** A connection not taken. */
  refused(reason: CloseReason): void;
  /** The certificate was read again; `error` when it could not be used, and the old one stays. */
  certificate(error?: Error): void;
  /** The certificate in use, from the start on, is valid between these times. */
  certificateValid(from: Date, to: Date): void;
}

const nothing = (): void => undefined;

export const unobserved: ListenerObserver = {
  batch: nothing,
  backlog: nothing,
  sentLater: nothing,
  oversized: nothing,
  kernelDrops: nothing,
  receiveBuffer: nothing,
  failed: nothing,
  opened: nothing,
  closed: nothing,
  refused: nothing,
  certificate: nothing,
  certificateValid: nothing,
};
