/** Who is let go when too many connections to the admin address are open. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { adminServer, text, type Admin, type Routes } from './admin.ts';
import type { Log } from './log.ts';

const log: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let open: Admin | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

interface Started {
  readonly url: string;
  /** Resolves when a request to /slow has come. */
  readonly asked: Promise<void>;
  /** Lets it be answered. */
  readonly answer: () => void;
}

async function started(maxConnections?: number): Promise<Started> {
  const asked = Promise.withResolvers<undefined>();
  const answered = Promise.withResolvers<undefined>();
  const slow = async (): Promise<ReturnType<typeof text>> => {
    asked.resolve(undefined);
    await answered.promise;
    return text(200, 'at last');
  };
  const routes: Routes = {
    '/livez': { access: 'anyone', does: 'answers at once', handle: () => text(200, 'ok') },
    '/slow': { access: 'anyone', does: 'answers when it is let', handle: slow },
  };
  const limit = maxConnections === undefined ? {} : { maxConnections };
  open = adminServer({ address: { host: '127.0.0.1', port: 0 }, debug: false, routes, log, ...limit });
  await open.listen();
  return { url: open.url, asked: asked.promise, answer: () => answered.resolve(undefined) };
}

/** Resolves to the status, on a connection of its own. */
function ask(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent: false }, (response) => resolve(response.resume().statusCode));
    asking.on('error', reject).end();
  });
}

/** Resolves to connections that ask nothing. */
async function silent(url: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.resume();
  return sockets;
}

/** A reset, which is an error, is fine too. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));

test('however many connections ask nothing, a probe is answered', async () => {
  const { url } = await started(8);
  // More than 256 in all, the limit without another.
  for (let round = 0; round < 40; round++) {
    await silent(url, 8);
    expect(await ask(`${url}/livez`)).toBe(200);
  }
});

test('without another limit too', async () => {
  const { url } = await started();
  await silent(url, 256);
  expect(await ask(`${url}/livez`)).toBe(200);
});

test('displaced is the one that has been idle longest: an answer starts its time over', async () => {
  const { url } = await started(2);
  const [asking] = await silent(url, 1);
  const [other] = await silent(url, 1);
  asking!.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(asking!, 'data');
  await Promise.all([closed(other!), silent(url, 1)]);
  expect(asking!.closed).toBe(false);
});

test('half a request does not start it over', async () => {
  const { url } = await started(2);
  const [slow] = await silent(url, 1);
  const [other] = await silent(url, 1);
  slow!.write('GET /livez HTTP/1.1\r\n');
  await Promise.all([closed(slow!), silent(url, 1)]);
  expect(other!.closed).toBe(false);
});

test('a connection being answered is not displaced while another is idle', async () => {
  const { url, asked, answer } = await started(2);
  const answered = ask(`${url}/slow`);
  await asked;
  for (let i = 0; i < 5; i++) await silent(url, 1);
  expect(await ask(`${url}/livez`)).toBe(200);
  answer();
  expect(await answered).toBe(200);
});

test('where all are being answered, the one that asked first is displaced', async () => {
  const { url, asked } = await started(1);
  const answered = ask(`${url}/slow`).catch((error: unknown) => error);
  await asked;
  expect(await ask(`${url}/livez`)).toBe(200);
  expect(await answered).toMatchObject({ code: 'ECONNRESET' });
});

test('a connection that asks nothing is closed after seconds', async () => {
  const { url } = await started();
  const [socket] = await silent(url, 1);
  const began = performance.now();
  await closed(socket!);
  expect(performance.now() - began).toBeLessThan(15_000);
});
