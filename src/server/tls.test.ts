/** Clients that do not speak TLS, and those that shut down their sending side, before its handshake is done and after (RFC 7766 section 6.2.4). */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { frame } from '../upstream/framing.ts';
import { httpsListener } from './https.ts';
import type { Respond } from './listener.ts';
import { unobserved } from './observer.ts';
import { tlsListener } from './stream.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const certificate = hasOpenssl ? makeCertificate('IP:127.0.0.1') : { cert: '', key: '' };

async function serve(respond: Respond, make = tlsListener): Promise<{ port: number; said: string[] }> {
  const said: string[] = [];
  const listener = make({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond,
    clock: systemClock,
    limits: { idleTimeout: 60_000, queryTimeout: 60_000 },
    certificate: { current: certificate, subscribe: () => () => undefined },
    observer: { ...unobserved, closed: (reason) => said.push(String(reason)) },
  });
  await listener.listen();
  closing.push(() => listener.close());
  return { port: Number(new URL(listener.url.replace(/^\w+/, 'http')).port), said };
}

describe.skipIf(!hasOpenssl)('a client that shuts down its side', () => {
  test.for([
    { name: 'without a word, as probes of load balancers do', hello: new Uint8Array(0) },
    { name: 'in the middle of the handshake', hello: Uint8Array.of(22, 3, 1, 0, 100, 1) },
  ])('$name is gone', async ({ hello }) => {
    const { port, said } = await serve(() => 0);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    closing.push(() => socket.destroy());
    await once(socket, 'connect');
    socket.end(hello);
    await until(() => said.length === 1);
  });

  test('when it has asked is answered still', async () => {
    let answer: (() => void) | undefined;
    const { port, said } = await serve((packet, length, _client, _receivedAt, _target, later) => {
      const response = packet.slice(0, length);
      answer = () => later(response);
      return -1;
    });
    const socket = connectTls({ port, host: '127.0.0.1', ca: certificate.cert });
    socket.allowHalfOpen = true;
    closing.push(() => socket.destroy());
    await once(socket, 'secureConnect');
    const message = frame(new Uint8Array(20));
    const received = once(socket, 'data');
    socket.end(message);
    await until(() => answer !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said).toEqual([]);
    answer!();
    expect(Buffer.compare((await received)[0] as Uint8Array, message)).toBe(0);
    await until(() => said.length === 1);
    expect(said).toEqual(['undefined']);
  });
});

test.skipIf(!hasOpenssl).each([
  ['TLS', tlsListener],
  ['HTTPS', httpsListener],
] as const)('what is not %s is closed as invalid', async (_, make) => {
  const { port, said } = await serve(() => 0, make);
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
  closing.push(() => socket.destroy());
  socket.on('error', () => undefined).resume();
  await until(() => said.length === 1);
  expect(said).toEqual(['invalid']);
});
