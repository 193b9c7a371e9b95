/** UDP sockets connected to one peer each, as upstreams need them, and the implementation by node:dgram, which works everywhere. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from '../wire/address.ts';

export interface UdpPeer {
  /** Throws the system's error if the kernel refuses the datagram at once. */
  send(datagram: Uint8Array): void;
  /** After this, the receiver hears nothing any more. */
  close(): void;
}

export interface UdpReceiver {
  received(datagram: Uint8Array): void;
  /** A system error, such as ECONNREFUSED after an ICMP message. */
  failed(error: Error & { code?: string }): void;
}

/**
 * Opens a socket with a random port, which takes datagrams of this peer only and reports ICMP errors. Throws the system's error if the kernel refuses it
 * at once: no descriptor left, no route.
 */
export type ConnectUdp = (address: string, port: number, receiver: UdpReceiver) => UdpPeer;

/** Calls `run` in a later turn of the event loop, once all that has arrived by now has been read: before that, nobody is late. */
export type WhenRead = (run: () => void) => void;

export interface UdpSockets {
  readonly connect: ConnectUdp;
  readonly whenRead: WhenRead;
}

const connectDgram: ConnectUdp = (address, port, receiver) => {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let isConnected = false;
  const early: Uint8Array[] = [];
  socket.once('error', (error) => receiver.failed(error));
  socket.on('message', (datagram) => receiver.received(datagram));
  // Not a callback of `connect`: that is called on failure too (no route, for example), in place of the error event.
  socket.once('connect', () => {
    isConnected = true;
    // None if it has been closed.
    for (const datagram of early.splice(0)) socket.send(datagram);
  });
  const close = (): void => {
    early.length = 0;
    socket.removeAllListeners('message').removeAllListeners('error').on('error', ignore).close();
  };
  try {
    socket.connect(port, address);
  } catch (error) {
    close();
    throw error;
  }
  return {
    send(datagram) {
      if (isConnected) socket.send(datagram);
      else early.push(datagram);
    },
    close,
  };
};

/** Immediates run after the event loop has read its sockets, and timers before. */
export const dgramSockets: UdpSockets = { connect: connectDgram, whenRead: (run) => void setImmediate(run) };

function ignore(): void {
  // Errors of a closed socket concern no question.
}
