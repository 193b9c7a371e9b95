/** How many connections of the admin address are open, and which is closed to make room for another. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * At the limit a new connection displaces the one that has been idle longest: were it refused, connections that ask nothing would keep out probes.
 * Octets without a whole request do not count as activity.
 */
export function limitConnections(server: Server, maxConnections: number): void {
  /** Both longest waiting first. */
  const idle = new Set<Socket>();
  const answering = new Set<Socket>();
  const remove = (socket: Socket): void => {
    idle.delete(socket);
    answering.delete(socket);
  };
  server.on('connection', (socket) => {
    if (idle.size + answering.size >= maxConnections) {
      const [longest] = idle.size > 0 ? idle : answering;
      // Its 'close' event comes later, and it must not be chosen twice.
      remove(longest!);
      longest!.destroy();
    }
    idle.add(socket);
    socket.once('close', () => remove(socket));
  });
  server.on('request', ({ socket }, response) => {
    if (idle.delete(socket)) answering.add(socket);
    response.once('close', () => {
      if (answering.delete(socket)) idle.add(socket);
    });
  });
}
