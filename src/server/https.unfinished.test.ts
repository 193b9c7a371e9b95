/** Requests over HTTPS whose bodies never end: each takes memory, and a client may begin many on every connection. */
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Stream } from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { httpsListener } from './https.ts';
import { unobserved } from './observer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const headers = { ':path': '/dns-query', ':method': 'POST', 'content-type': 'application/dns-message' };

test.skipIf(!hasOpenssl)('a request that does not end in time is refused, though others of its connection do', async () => {
  const certificate = makeCertificate('IP:127.0.0.1');
  const listener = httpsListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond: (packet, length, _client, _receivedAt, target) => {
      target.set(packet.subarray(0, length));
      return length;
    },
    clock: systemClock,
    limits: { queryTimeout: 200 },
    certificate: { current: certificate, subscribe: () => () => undefined },
  });
  await listener.listen();
  closing.push(() => listener.close());
  const session = connectHttp2(listener.url, { ca: certificate.cert });
  closing.push(() => session.destroy());
  const statusOf = async (request: ClientHttp2Stream): Promise<unknown> => {
    const [response] = (await once(request, 'response')) as [Record<string, unknown>];
    request.resume();
    await once(request, 'close');
    return response[':status'];
  };
  const begun = session.request(headers, { endStream: false });
  begun.write('begun');
  const refused = statusOf(begun);
  const soon = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve, 'soon'));
  do {
    const whole = session.request(headers, { endStream: false });
    whole.end(new Uint8Array(12));
    expect(await statusOf(whole)).toBe(200);
  } while ((await Promise.race([refused, soon()])) === 'soon');
  expect(await refused).toBe(408);
});

test.skipIf(!hasOpenssl)('requests begun and not finished give up those of the longest waiting client when all hold too much', async () => {
  const certificate = makeCertificate('IP:127.0.0.1');
  const said: string[] = [];
  const listener = httpsListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond: () => 0,
    clock: systemClock,
    limits: { maxUnread: 1_000_000, queryTimeout: 60_000 },
    certificate: { current: certificate, subscribe: () => () => undefined },
    observer: { ...unobserved, closed: (reason) => said.push(String(reason)) },
  });
  await listener.listen();
  closing.push(() => listener.close());
  for (let clients = 0; clients < 3; clients++) {
    const session = connectHttp2(listener.url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    session.on('error', () => undefined);
    for (let i = 0; i < 60; i++)
      session
        .request(headers, { endStream: false })
        .on('error', () => undefined)
        .write('begun');
    await new Promise((resolve) => session.ping((error) => resolve(error)));
  }
  await until(() => said.length > 0);
  expect(said).toEqual(['unread']);
});
