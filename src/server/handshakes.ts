/** TLS handshakes, few in each turn of the event loop: each takes the thread about a millisecond, for which all other clients wait. */
import type { Socket } from 'node:net';

const A_TURN = 4;

/** Returns what has a new socket wait for its turn: `begin` is called with it when its client has said something, and not before. */
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
    // What has come is read by whom it is handed to.
    socket.once('readable', () => {
      if (waiting.add(socket).size === 1) setImmediate(turn);
    });
  };
}
