import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { adminServer, json, text, whyRefused, type Access, type Admin, type Routes } from './admin.ts';
import { basicRoutes } from './admin-routes.ts';
import { isLocal } from './local.ts';
import type { Log } from './log.ts';
import type { Metrics } from './registry.ts';

const heard: string[] = [];
const hear = (_: object, message: string): void => void heard.push(message);
const log: Log = { trace: hear, debug: hear, info: hear, warn: hear, error: hear };
const metrics: Metrics = { scrape: (format) => Promise.resolve({ type: `test/${format}`, body: 'kubezone_up 1\n'.repeat(200) }) };
const health = { dead: [] as string[], notReady: ['listening: not yet', 'services: the first list is not complete'] };

const routes: Routes = {
  ...basicRoutes(metrics, { dead: () => health.dead, notReady: () => health.notReady }, () => ({
    ttl: 30,
    upstream: ['https://me:pw@dns.example/'],
    apiToken: 'abc',
    clientSecret: undefined,
  })),
  '/cache': { access: 'local', does: 'what is cached', handle: (url) => json({ name: url.searchParams.get('name') }) },
  '/cache/flush': { access: 'enabled', methods: ['GET', 'POST'], does: 'forgets', handle: () => text(200, 'flushed') },
  '/broken': {
    access: 'anyone',
    does: 'throws',
    handle: () => {
      throw new Error('a fault of ours');
    },
  },
};

let open: Admin | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function started(debug = false): Promise<string> {
  open = adminServer({ address: { host: '127.0.0.1', port: 0 }, debug, routes, log });
  await open.listen();
  return open.url;
}

function ask(url: string, method = 'GET', headers = {}): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    asking.on('error', reject).end();
  });
}

const answers: readonly {
  readonly ask: string;
  readonly method?: string;
  readonly debug?: true;
  readonly status: number;
  readonly says: string;
}[] = [
  { ask: '/livez', status: 200, says: 'ok\n' },
  { ask: '/livez/', status: 200, says: 'ok\n' },
  { ask: '/livez?verbose', status: 200, says: 'ok\n' },
  { ask: '/livez', method: 'HEAD', status: 200, says: '' },
  { ask: '/readyz', status: 503, says: 'listening: not yet\nservices: the first list is not complete\n' },
  { ask: '/livez', method: 'POST', status: 405, says: '/livez takes GET, not POST\n' },
  { ask: '/metrics', method: 'DELETE', status: 405, says: '/metrics takes GET, not DELETE\n' },
  { ask: '/nothing', status: 404, says: 'there is no /nothing; there are\n/livez: 200 while it works\n' },
  { ask: '/__proto__', status: 404, says: 'there is no /__proto__' },
  { ask: '/', status: 200, says: '/livez: 200 while it works\n' },
  { ask: '/cache?name=a.example', status: 200, says: '{\n  "name": "a.example"\n}\n' },
  { ask: '/cache/flush', method: 'POST', status: 403, says: '/cache/flush is not enabled; start with --admin-debug\n' },
  { ask: '/cache/flush', method: 'POST', debug: true, status: 200, says: 'flushed\n' },
  { ask: '/cache/flush', debug: true, status: 200, says: 'flushed\n' },
  { ask: '/broken', status: 500, says: 'this request failed; the log has the error\n' },
];

test.each(answers)('$method $ask: $status', async ({ ask: path, method, debug, status, says }) => {
  const reply = await ask((await started(debug)) + path, method);
  expect([reply.status, reply.body.toString().slice(0, says.length)]).toEqual([status, says]);
});

test.each([
  ['/livez', 'GET, HEAD'],
  ['/cache/flush', 'GET, HEAD, POST'],
])('a method that %s does not take: 405 with the methods that it does', async (path, allow) => {
  const { status, headers } = await ask((await started()) + path, 'PUT');
  expect([status, headers.allow]).toEqual([405, allow]);
});

test('secrets are not in /config', async () => {
  const { body } = await ask(`${await started()}/config`);
  expect(JSON.parse(body.toString())).toEqual({ ttl: 30, upstream: ['https://(not shown)@dns.example/'], apiToken: '(not shown)' });
});

test('ready when there is no reason against it, and not when there is one again', async () => {
  const url = await started();
  const before = health.notReady;
  health.notReady = [];
  expect((await ask(`${url}/readyz`)).status).toBe(200);
  health.notReady = before;
  expect((await ask(`${url}/readyz`)).status).toBe(503);
});

test('metrics in the form that is asked for, packed where that is taken', async () => {
  const url = await started();
  const plain = await ask(`${url}/metrics`);
  expect([plain.status, plain.headers['content-type'], plain.headers['content-encoding']]).toEqual([200, 'test/text', undefined]);
  const prometheus = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5', 'accept-encoding': 'gzip' };
  const packed = await ask(`${url}/metrics`, 'GET', prometheus);
  expect([packed.headers['content-type'], packed.headers['content-encoding']]).toEqual(['test/openmetrics', 'gzip']);
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
});

const broken = [
  'GET\r\n\r\n',
  '\0\0\0\r\n\r\n',
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
  'GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n',
  'GET // HTTP/1.1\r\nhost: x\r\n\r\n',
];

test.each(broken)('a broken request (%j) harms nobody else', async (bytes) => {
  const url = await started();
  await new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes));
    socket
      .on('error', () => undefined)
      .on('close', resolve)
      .resume();
  });
  expect((await ask(`${url}/livez`)).status).toBe(200);
});

test('a port in use is the system’s error, with the address', async () => {
  const url = await started();
  const { port } = new URL(url);
  const second = adminServer({ address: { host: '127.0.0.1', port: Number(port) }, debug: false, routes, log });
  await expect(second.listen()).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: expect.stringContaining(`cannot listen on ${url}: address already in use (EADDRINUSE)`) as string,
  });
});

const sides: readonly (readonly [string | undefined, string, boolean])[] = [
  ['127.0.0.1', '127.0.0.1', true],
  ['127.8.9.1', '127.0.0.1', true],
  ['::1', '::1', true],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
  ['10.0.0.7', '10.0.0.7', true],
  ['10.0.0.8', '10.0.0.7', false],
  ['::ffff:10.0.0.8', '::ffff:10.0.0.7', false],
  ['2001:db8::1', '2001:db8::2', false],
  [undefined, '10.0.0.7', false],
];

test.each(sides)('from %s to %s: on this machine is %s', (remoteAddress, localAddress, expected) => {
  expect(isLocal({ remoteAddress, localAddress })).toBe(expected);
});

const accesses: readonly (readonly [Access, debug: boolean, local: boolean, allowed: boolean])[] = [
  ['anyone', false, false, true],
  ['local', false, false, false],
  ['local', false, true, true],
  ['local', true, false, true],
  ['enabled', false, true, false],
  ['enabled', true, false, false],
  ['enabled', true, true, true],
];

test.each(accesses)('a path for %s, admin-debug %s, a client on this machine %s: allowed is %s', (access, debug, local, allowed) => {
  const why = whyRefused(access, debug, local);
  if (allowed) expect(why).toBeUndefined();
  else expect(why).toMatch(/--admin-debug|this machine/);
});
