/** Two connections from one client port to two of our addresses: like the kernel, we must tell connections apart by both ends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { systemClock } from '../clock.ts';
import { frame } from '../upstream/framing.ts';
import type { Respond } from './listener.ts';
import { tlsListener } from './stream.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const respond: Respond = (packet, length, _client, _receivedAt, target) => {
  target.set(packet.subarray(0, length));
  return length;
};

// Only on Linux is every address of 127.0.0.0/8 local.
test.skipIf(!hasOpenssl || process.platform !== 'linux')('each connection is answered what it asked', async () => {
  const certificate = makeCertificate('IP:127.0.0.1', 'IP:127.0.0.2');
  const listener = tlsListener({
    endpoint: { host: '0.0.0.0', port: 0 },
    respond,
    clock: systemClock,
    certificate: { current: certificate, subscribe: () => () => undefined },
  });
  await listener.listen();
  closing.push(() => listener.close());
  const port = Number(new URL(listener.url.replace('tls:', 'http:')).port);

  async function reach(host: string, localPort: number): Promise<Socket> {
    const socket = connect({ host, port, localAddress: '127.0.0.1', localPort });
    closing.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }
  async function shake(socket: Socket): Promise<TLSSocket> {
    const secure = connectTls({ socket, ca: certificate.cert, checkServerIdentity: () => undefined });
    await once(secure, 'secureConnect');
    return secure;
  }
  const first = await reach('127.0.0.1', 0);
  const second = await reach('127.0.0.2', first.localPort!);
  const secures = [await shake(second), await shake(first)];
  for (const [i, secure] of secures.entries()) {
    const message = frame(new Uint8Array(20 + i));
    secure.write(message);
    const [answer] = (await once(secure, 'data')) as [Uint8Array];
    expect(Buffer.compare(answer, message)).toBe(0);
  }
});
