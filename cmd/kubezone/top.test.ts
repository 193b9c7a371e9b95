import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Address } from '../../src/config/option.ts';
import { adminServer, text, type Admin, type Routes } from '../../src/telemetry/admin.ts';
import { topRoute } from '../../src/telemetry/admin-routes.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { TopLists, type Top } from '../../src/telemetry/top.ts';
import type { Context } from './command.ts';
import { run, topText } from './top.ts';

const log: Log = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const entry = (key: string, queries: number, share: number): Top['names'][number] => ({ key, queries, error: 0, share });

let open: Admin | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function serving(routes: Routes, port = 0): Promise<Address> {
  open = adminServer({ address: { host: '127.0.0.1', port }, debug: false, routes, log });
  await open.listen();
  return { host: '127.0.0.1', port: Number(new URL(open.url).port) };
}

async function printed(admin: Address, json: boolean, ...positionals: string[]): Promise<string> {
  let output = '';
  const context = { positionals, print: (part: string) => void (output += part), signal: new AbortController().signal };
  expect(await run({ admin, json }, context as unknown as Context)).toBe(0);
  return output;
}

test('three tables, aligned', () => {
  const top: Top = {
    seconds: 95,
    queries: 1_234_560,
    sample: 64,
    clients: [entry('10.0.0.1', 1_000_000, 0.81), entry('2001:db8::1', 64, 0.0004)],
    names: [entry('web.shop.svc.cluster.local.', 640, 0.001)],
    nxdomains: [],
  };
  expect(topText(top)).toBe(`about 1,234,560 queries in the last 95 s (1 in 64 queries seen)

  QUERIES   SHARE  CLIENT
1,000,000   81.0%  10.0.0.1
       64    0.0%  2001:db8::1

QUERIES   SHARE  NAME
    640    0.1%  web.shop.svc.cluster.local.
`);
});

test('of a server that runs, as text and as JSON', async () => {
  const admin = await serving(topRoute(new TopLists(fakeClock(), 64)));
  expect(await printed(admin, false)).toBe('about 0 queries in the last 0 s (1 in 64 queries seen)\n');
  expect(JSON.parse(await printed(admin, true))).toMatchObject({ sample: 64, clients: [] });
});

test.each([[6566], [6665], [6697], [10_080]])('at port %i, which browsers do not ask', async (port) => {
  const admin = await serving(topRoute(new TopLists(fakeClock(), 64)), port).catch((error: unknown) => {
    expect(error, 'another program may have the port').toHaveProperty('code', 'EADDRINUSE');
  });
  if (admin !== undefined) expect(await printed(admin, false)).toMatch(/^about 0 queries /);
});

test('lists that are off say how to have them', async () => {
  const admin = await serving(topRoute(new TopLists(fakeClock(), 0)));
  expect(await printed(admin, false)).toMatch(/--top-sample/);
});

test('what goes wrong says what to do', async () => {
  const admin = await serving(topRoute(new TopLists(fakeClock(), 64)));
  await expect(printed(admin, false, '5000')).rejects.toThrow('says 400: n is a number from 1 to 1000, not "5000"');
  const complaints: string[] = [];
  const context = { positionals: ['many'], complain: (line: string) => complaints.push(line), signal: new AbortController().signal };
  expect(await run({ admin, json: false }, context as unknown as Context)).toBe(64);
  expect(complaints).toEqual(['kubezone: "many" is no number of entries; give one such as 10']);
  await open!.close();
  await expect(printed(admin, false)).rejects.toThrow(
    /nothing answers at http:\/\/127.0.0.1:\d+ \(.+\): is kubezone serving, with the same --admin\?/,
  );
  const other = await serving({ '/top': { access: 'anyone', does: '', handle: () => text(200, '<html>') } });
  await expect(printed(other, false)).rejects.toThrow('is no kubezone');
});

test('what switches to another protocol in place of a response does not answer: the command ended without a word', async () => {
  const other = createServer((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')),
  );
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(printed({ host: '127.0.0.1', port }, false)).rejects.toThrow('(closed without a response)');
  await new Promise((resolve) => other.close(resolve));
});
