import { createServer } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { connect, type Api } from './api.ts';

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function serve(listener: Parameters<typeof createServer>[1], path = ''): Promise<Api> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let token = 0;
  const api = connect({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    access: () => Promise.resolve({ headers: { authorization: `Bearer ${token}` }, tls: {} }),
    renew: () => token++,
  });
  closing.push(() => {
    api.close();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return api;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
const { signal } = new AbortController();

test('asks below the server’s path, with what the credentials say and the type that is wanted', async () => {
  const api = await serve(
    (request, response) => response.end(JSON.stringify([request.url, request.headers.accept, request.headers.authorization])),
    '/prefix/',
  );
  expect(await textOf((await api.get('/api/v1/x?a=b', 'application/json', signal)).body)).toBe(
    '["/prefix/api/v1/x?a=b","application/json","Bearer 0"]',
  );
  api.renew();
  expect(await textOf((await api.get('/', 'text/plain', signal)).body)).toBe('["/prefix/","text/plain","Bearer 1"]');
});

test('credentials that do not come, as from a plugin that hangs, do not outlast the request', async () => {
  const api = connect({ server: 'http://127.0.0.1:1', access: () => new Promise(() => undefined), renew: () => undefined });
  const given = new AbortController();
  const asked = api.get('/', '*/*', given.signal);
  given.abort(new Error('nothing heard'));
  await expect(asked).rejects.toThrow('nothing heard');
});

test('keeps its connections', async () => {
  const ports = new Set<number | undefined>();
  const api = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('x');
  });
  for (let i = 0; i < 3; i++) {
    await textOf((await api.get('/', '*/*', signal)).body);
    await new Promise(setImmediate);
  }
  expect(ports.size).toBe(1);
});

test('a switch to another protocol, as a broken proxy may answer, is an end without a response: it was waited for without limit', async () => {
  const api = await serve((_request, response) => {
    response.socket!.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  });
  await expect(api.get('/', '*/*', signal)).rejects.toMatchObject({
    code: 'ECONNRESET',
    message: 'closed without a response to this request',
  });
});

test.each([
  ['7', 7],
  [undefined, 0],
  ['-7', 0],
  ['soon', 0],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 20],
  ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
])('Retry-After %s is %i s', async (value, seconds) => {
  const api = await serve((_request, response) => {
    response.setHeader('date', 'Wed, 21 Oct 2026 07:27:40 GMT');
    if (value !== undefined) response.setHeader('retry-after', value);
    response.writeHead(429).end();
  });
  expect(await api.get('/', '*/*', signal)).toMatchObject({ status: 429, retryAfter: seconds });
});

describe('gzip', () => {
  test('is opened', async () => {
    const api = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.setHeader('content-encoding', 'gzip').end(gzipSync('opened'));
    });
    expect(await textOf((await api.get('/', '*/*', signal)).body)).toBe('opened');
  });

  test('cut in the middle is an error of the body', async () => {
    const whole = gzipSync('x'.repeat(10_000));
    const api = await serve((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(whole.subarray(0, whole.length - 9)),
    );
    await expect(api.get('/', '*/*', signal).then(({ body }) => textOf(body))).rejects.toThrow('unexpected end of file');
  });
});

describe('ends when it is told to', () => {
  const reason = new Error('enough');

  test('before it began', async () => {
    const api = await serve((_request, response) => response.end());
    await expect(api.get('/', '*/*', AbortSignal.abort(reason))).rejects.toThrow('enough');
  });

  test('before the response', async () => {
    const stop = new AbortController();
    const api = await serve(() => stop.abort(reason));
    await expect(api.get('/', '*/*', stop.signal)).rejects.toThrow('enough');
  });

  test('in its middle', async () => {
    const stop = new AbortController();
    const api = await serve((_request, response) => response.write('half'));
    const { body } = await api.get('/', '*/*', stop.signal);
    stop.abort(reason);
    await expect(textOf(body)).rejects.toThrow();
  });
});

describe.skipIf(!hasOpenssl)('HTTPS', () => {
  const first = hasOpenssl ? makeCertificate('IP:127.0.0.1') : undefined;
  const second = hasOpenssl ? makeCertificate('IP:127.0.0.1') : undefined;

  async function secure(): Promise<{ server: SecureServer; url: string }> {
    const server = createSecureServer({ key: first!.key, cert: first!.cert }, (_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    return { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('trusts the CA of the credentials only, and follows when it is replaced', async () => {
    const { server, url } = await secure();
    let ca = second!.cert;
    const api = connect({ server: url, access: () => Promise.resolve({ headers: {}, tls: { ca } }), renew: () => undefined });
    closing.unshift(() => {
      api.close();
      return Promise.resolve();
    });
    await expect(api.get('/', '*/*', signal)).rejects.toThrow(/self-signed certificate/);
    ca = first!.cert;
    expect(await textOf((await api.get('/', '*/*', signal)).body)).toBe('secret');
    server.setSecureContext({ key: second!.key, cert: second!.cert });
    ca = second!.cert;
    expect(await textOf((await api.get('/', '*/*', signal)).body)).toBe('secret');
  });
});
