/** HTTP/1.1 has no GOAWAY: what its clients see of a listener that closes. */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { httpsListener } from './https.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test.skipIf(!hasOpenssl)('a connection that asks nothing is closed at once, one that waits for an answer after it', async () => {
  const certificate = makeCertificate('IP:127.0.0.1');
  const answers: (() => void)[] = [];
  const listener = httpsListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond: (packet, length, _client, _receivedAt, _target, later) => {
      answers.push(() => later(packet.slice(0, length)));
      return -1;
    },
    clock: systemClock,
    limits: { idleTimeout: 60_000, queryTimeout: 60_000 },
    certificate: { current: certificate, subscribe: () => () => undefined },
  });
  await listener.listen();
  closing.push(() => listener.close());
  const to = { host: '127.0.0.1', port: Number(new URL(listener.url).port), ca: certificate.cert };
  const idle = connect({ ...to, ALPNProtocols: ['http/1.1'] }).resume();
  closing.push(() => idle.destroy());
  await once(idle, 'secureConnect');
  const agent = new Agent({ keepAlive: true });
  closing.push(() => agent.destroy());
  const headers = { 'content-type': 'application/dns-message' };
  const asked = request({ ...to, agent, path: '/dns-query', method: 'POST', headers }).end(new Uint8Array(12));
  await until(() => answers.length === 1);

  let isClosed = false;
  const closed = listener.close().then(() => (isClosed = true));
  await once(idle, 'close');
  expect(isClosed).toBe(false);
  const response = once(asked, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
  answers[0]!();
  const [{ statusCode }] = await response;
  expect(statusCode).toBe(200);
  await closed;
});
