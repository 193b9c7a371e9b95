/** Limits TLS handshakes to a few per turn of the event loop: each takes about a millisecond, for which all other clients of the thread wait. */
import type { Socket } from 'node:net';

const A_TURN = 4;

/** Returns a function that queues a new socket: `begin` is called with it once its client has sent something and it is its turn. */
export function handshakes(begin: (socket: Socket) => void): (socket: Socket) => void {
  const waiting = new Set<Socket>();
  const turn = (): void => {
    for (const socket of waiting.values().take(A_TURN)) {
      waiting.delete(socket);
      if (!socket.destroyed) begin(socket);
    }
    if (waiting.size > 0) setImmediate(turn);
  };
  return (socket) => {
    // `begin` reads the data that has arrived.
    socket.once('readable', () => {
      if (waiting.add(socket).size === 1) setImmediate(turn);
    });
  };
}
