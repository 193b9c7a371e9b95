/** DNS over HTTPS as curl and browsers use it (RFC 8484). */
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { request } from 'node:https';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import type { ConnectionLimits } from './connections.ts';
import { httpsListener } from './https.ts';
import type { Listener, Respond } from './listener.ts';
import { unobserved } from './observer.ts';

const certificate = hasOpenssl ? makeCertificate('IP:127.0.0.1') : { cert: '', key: '' };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const question = { type: 'A', name: 'www.example.com' } as const;
const query = encode({ type: 'query', id: 0, questions: [question] });
const response = encode({ type: 'response', questions: [question], answers: [{ ...question, ttl: 42, data: '192.0.2.1' }] });
const never = encode({ type: 'query', id: 0, questions: [{ ...question, name: 'never.example' }] });
const nothing = encode({ type: 'query', id: 0, questions: [{ ...question, name: 'nothing.example' }] });
const nothingLater = encode({ type: 'query', id: 0, questions: [{ ...question, name: 'nothing-later.example' }] });

const large = encode({ type: 'query', id: 0, questions: [{ ...question, name: 'large.example' }] });
const LARGE = 60_000;

const respond: Respond = (packet, length, _client, _receivedAt, target, later) => {
  const asked = Buffer.from(packet.subarray(0, length));
  if (asked.equals(large)) return LARGE;
  if (asked.equals(never)) return -1;
  if (asked.equals(nothingLater)) setImmediate(() => later(new Uint8Array(0)));
  if (asked.equals(nothingLater)) return -1;
  if (!asked.equals(query)) return 0;
  target.set(response);
  return response.length;
};

interface Served {
  readonly url: string;
  readonly said: string[];
  readonly listener: Listener;
  /** Queries asked so far. */
  readonly asked: () => number;
}

async function serve(limits: Partial<ConnectionLimits> = {}): Promise<Served> {
  const said: string[] = [];
  let asked = 0;
  const listener = httpsListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    respond: (...query) => {
      asked++;
      return respond(...query);
    },
    clock: systemClock,
    limits,
    certificate: { current: certificate, subscribe: () => () => undefined },
    observer: { ...unobserved, closed: (reason) => said.push(String(reason)) },
  });
  await listener.listen();
  closing.push(() => listener.close());
  return { url: listener.url, said, listener, asked: () => asked };
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly body?: Uint8Array;
}
interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

async function askHttp2(url: string, { method = 'GET', path = '/dns-query', type, body }: Asked): Promise<Said> {
  const session = connectHttp2(url, { ca: certificate.cert });
  closing.push(() => session.destroy());
  const stream = session.request(
    { ':method': method, ':path': path, ...(type && { 'content-type': type }) },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: headers[':status'] as number, headers, body: await buffer(stream) };
}

async function askHttp1(url: string, { method = 'GET', path = '/dns-query', type, body }: Asked): Promise<Said> {
  const asked = request(url + path, { method, ca: certificate.cert, headers: type === undefined ? {} : { 'content-type': type } });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> }];
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
}

const dns = 'application/dns-message';
const get = (message: Uint8Array): string => `/dns-query?dns=${Buffer.from(message).toString('base64url')}`;

describe.skipIf(!hasOpenssl).each([
  { version: 'HTTP/2', ask: askHttp2 },
  { version: 'HTTP/1.1', ask: askHttp1 },
])('$version', ({ ask }) => {
  test.for<{ name: string; asked: Asked }>([
    { name: 'GET', asked: { path: get(query) } },
    { name: 'POST', asked: { method: 'POST', type: dns, body: query } },
  ])('$name is answered, and may be kept for the least TTL', async ({ asked }) => {
    const { url } = await serve();
    const { status, headers, body } = await ask(url, asked);
    expect({ status, body }).toEqual({ status: 200, body: response });
    expect(headers).toMatchObject({ 'content-type': dns, 'cache-control': 'max-age=42', 'content-length': String(response.length) });
  });

  test.for<{ name: string; asked: Asked; status: number }>([
    { name: 'no query', asked: {}, status: 400 },
    { name: 'what is not answered', asked: { path: get(nothing) }, status: 400 },
    { name: 'what is not answered, later', asked: { path: get(nothingLater) }, status: 503 },
    { name: 'another path', asked: { path: '/' }, status: 404 },
    { name: 'another method', asked: { method: 'DELETE' }, status: 405 },
    { name: 'another type', asked: { method: 'POST', type: 'text/plain', body: query }, status: 415 },
    { name: 'an empty body', asked: { method: 'POST', type: dns, body: new Uint8Array(0) }, status: 400 },
    { name: 'a body longer than any query', asked: { method: 'POST', type: dns, body: new Uint8Array(5000) }, status: 413 },
  ])('$name: $status', async ({ asked, status }) => {
    const { url } = await serve();
    expect((await ask(url, asked)).status).toBe(status);
    expect((await ask(url, { path: get(query) })).status).toBe(200);
  });
});

describe.skipIf(!hasOpenssl)('HTTPS', () => {
  test('an HTTP/2 client is told by GOAWAY that the listener closes', async () => {
    const { url, listener } = await serve();
    const session = connectHttp2(url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    await once(session, 'connect');
    await new Promise((resolve) => session.ping(resolve));
    const told = once(session, 'goaway');
    await listener.close();
    expect((await told)[0]).toBe(constants.NGHTTP2_NO_ERROR);
  });

  test('so that one which always has a request under way ends too, and knows which to ask elsewhere', async () => {
    const { url, listener } = await serve();
    const session = connectHttp2(url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    await once(session, 'connect');
    const statuses: unknown[] = [];
    const asking = (async () => {
      while (!session.closed && !session.destroyed) {
        const [headers] = (await once(session.request({ ':path': get(query) }).resume(), 'response')) as [Record<string, unknown>];
        statuses.push(headers[':status']);
      }
      // A request that crosses the GOAWAY is refused, not lost.
    })().catch((error: unknown) => expect(String(error)).toContain('NGHTTP2_REFUSED_STREAM'));
    await until(() => statuses.length > 10);
    await listener.close();
    await asking;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('and that it has asked nothing for too long', async () => {
    const { url, said } = await serve({ idleTimeout: 50 });
    const session = connectHttp2(url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    await once(session, 'connect');
    expect((await once(session, 'goaway'))[0]).toBe(constants.NGHTTP2_NO_ERROR);
    expect(said).toEqual(['idle']);
  });

  test('requests that are reset while their responses wait for their turn harm nobody', async () => {
    const { url } = await serve();
    const session = connectHttp2(url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    session.on('error', () => undefined);
    for (let round = 0; round < 20; round++) {
      const streams = Array.from({ length: 50 }, () => session.request({ ':path': get(query) }).on('error', () => undefined));
      streams[0]!.resume();
      await once(streams[0]!, 'response');
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
    }
    expect((await askHttp2(url, { path: get(query) })).status).toBe(200);
  });

  test('a client that resets its requests does not have more queries in flight than may be', async () => {
    const { url } = await serve({ maxQueries: 4 });
    const session = connectHttp2(url, { ca: certificate.cert });
    closing.push(() => session.destroy());
    session.on('error', () => undefined);
    for (let i = 0; i < 4; i++) {
      const stream = session.request({ ':path': get(never) });
      stream.on('error', () => undefined);
      await new Promise((resolve) => session.ping(resolve));
      stream.close(constants.NGHTTP2_CANCEL);
    }
    const stream = session.request({ ':path': get(query) });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(429);
  });

  test('a client that does not read is not asked on, and all of it is answered once it reads', async () => {
    const { url, asked } = await serve();
    const session = connectHttp2(url, { ca: certificate.cert, settings: { initialWindowSize: 0 } });
    closing.push(() => session.destroy());
    await once(session, 'connect');
    const streams = Array.from({ length: 40 }, () => session.request({ ':path': get(large) }));
    await once(streams[0]!, 'response');
    await new Promise((resolve) => session.ping(resolve));
    expect(asked()).toBeLessThan(10);
    session.settings({ initialWindowSize: 1 << 16 });
    const sizes = await Promise.all(streams.map(async (stream) => (await buffer(stream)).length));
    expect(new Set(sizes)).toEqual(new Set([LARGE]));
    expect(asked()).toBe(40);
  });

  test.for([
    { side: 'client', limits: {} },
    { side: 'listener', limits: { maxUnread: 100_000 } },
  ])('nor when the $side closes the connection', async ({ side, limits }) => {
    const { url, asked, said, listener } = await serve(limits);
    const session = connectHttp2(url, { ca: certificate.cert, settings: { initialWindowSize: 0 } });
    closing.push(() => session.destroy());
    session.on('error', () => undefined);
    await once(session, 'connect');
    const streams = Array.from({ length: 40 }, () => session.request({ ':path': get(large) }).on('error', () => undefined));
    if (side === 'client') {
      await once(streams[0]!, 'response');
      session.destroy();
    }
    await until(() => said.length > 0);
    await listener.close();
    expect(asked()).toBeLessThan(10);
  });

  test('clients that do not read give up the longest unread when all hold too much, a body begun or not', async () => {
    const { url, said } = await serve({ maxUnread: 1_000_000, queryTimeout: 60_000 });
    for (let i = 0; said.length === 0; i++) {
      const session = connectHttp2(url, { ca: certificate.cert, settings: { initialWindowSize: 0 } });
      closing.push(() => session.destroy());
      session.on('error', () => undefined);
      const begun = session.request({ ':path': '/dns-query', ':method': 'POST', 'content-type': dns }, { endStream: false });
      begun.on('error', () => undefined);
      // Few enough that all are answered although none is read.
      const streams = Array.from({ length: 12 }, () => session.request({ ':path': get(query) }).on('error', () => undefined));
      await new Promise((resolve) => streams.at(-1)!.on('response', resolve).on('close', resolve));
      expect(i).toBeLessThan(20);
    }
    expect(said).toEqual(['unread']);
    expect((await askHttp2(url, { path: get(query) })).status).toBe(200);
  });

  test.for<{ name: string; limits: Partial<ConnectionLimits>; start: (port: number) => { destroy(): void }; reason: string }>([
    {
      name: 'a client that does not shake hands',
      limits: { queryTimeout: 50 },
      start: (port) => connect(port, '127.0.0.1'),
      reason: 'slow',
    },
    {
      name: 'a client that asks nothing',
      limits: { idleTimeout: 50 },
      start: (port) => connectTls({ port, host: '127.0.0.1', ca: certificate.cert, ALPNProtocols: ['http/1.1'] }),
      reason: 'idle',
    },
    {
      name: 'a body that does not come whole',
      limits: { queryTimeout: 200 },
      start: (port) => {
        const asked = request({
          port,
          host: '127.0.0.1',
          path: '/dns-query',
          method: 'POST',
          ca: certificate.cert,
          headers: { 'content-type': dns },
        });
        asked.on('error', () => undefined);
        asked.write('a');
        return asked;
      },
      reason: 'slow',
    },
  ])('$name is closed', async ({ limits, start, reason }) => {
    const { url, said } = await serve(limits);
    const client = start(Number(new URL(url).port));
    closing.push(() => client.destroy());
    await until(() => said.length > 0);
    expect(said).toEqual([reason]);
  });
});
