/** Errors where it cannot listen, the same with several threads as with one. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encode } from 'dns-packet';
import { afterAll, afterEach, expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Respond } from '../../src/server/listener.ts';
import { unobserved, type CloseReason, type ListenerObserver } from '../../src/server/observer.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { freePort } from '../../test/fakes/free-port.ts';
import { startProgram } from '../../test/programs/kubezone.ts';
import { openListeners, openPeers, type ListenersParts } from './listeners.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const folder = mkdtempSync(join(tmpdir(), 'kubezone-'));
afterAll(() => rmSync(folder, { recursive: true }));
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const log = { warn: () => undefined, info: () => undefined } as unknown as Log;

function parts(args: readonly string[], claim: boolean): ListenersParts {
  const loaded = load(['--upstream', '127.0.0.1:9', ...args], {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]!.message);
  const { options } = loaded;
  return { options, addresses: options, sharePorts: true, claim, isFirst: claim, respond: () => 0, observer: () => unobserved, log };
}

/** Options that name a certificate. */
function certificate(): string[] {
  if (!hasOpenssl) return [];
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const made = makeCertificate('IP:127.0.0.1');
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.key);
  return ['--tls-cert', cert, '--tls-key', key];
}

async function open(...given: Parameters<typeof parts>): Promise<readonly string[]> {
  const { urls, close } = await openListeners(parts(...given));
  closing.push(close);
  return urls;
}

test("ports that several threads share are no other program's", async () => {
  const listen = ['--listen', `127.0.0.1:${await freePort()}`];
  const urls = await open(listen, true);
  await expect(open(listen, true)).rejects.toThrow(`cannot listen on ${urls[0]!}: address already in use (EADDRINUSE)`);
  // As the other threads do.
  expect(await open(listen, false)).toEqual(urls);
});

test.skipIf(!hasOpenssl).each([
  ['two of one address', ['--listen', '127.0.0.1:0', '--listen', '127.0.0.1:0'], 4],
  ['encrypted ones', ['--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0', '--listen-https', '127.0.0.1:0', ...certificate()], 4],
])('ports that the system chose are the same in further threads: %s', async (_, args, count) => {
  const first = await openListeners(parts(args, true));
  const further = await openListeners({ ...parts(args, false), addresses: first.addresses });
  closing.push(first.close, further.close);
  expect(further.urls).toEqual(first.urls);
  expect(new Set(first.urls).size).toBe(count);
});

test('one port is chosen for both families', async () => {
  const urls = await open(['--listen', ':0'], true);
  expect(new Set(urls.map((url) => new URL(url).port)).size).toBe(1);
});

test.skipIf(!hasOpenssl)('nor may two listeners of one program have the same', async () => {
  const both = `127.0.0.1:${await freePort()}`;
  const args = ['--listen', '127.0.0.1:0', '--listen-tls', both, '--listen-https', both, ...certificate()];
  await expect(open(args, true)).rejects.toThrow(`cannot listen on https://${both}: address already in use (EADDRINUSE)`);
});

test('where the kernel gives no set of sockets, upstreams are asked otherwise, and the log says so', () => {
  const said: unknown[] = [];
  const refused = (): never => {
    throw new Error('epoll_create1 ENOSYS');
  };
  expect(openPeers({ openPeers: refused }, { warn: (...line: unknown[]) => void said.push(...line) })).toBeUndefined();
  expect(said[0]).toEqual({ reason: 'epoll_create1 ENOSYS' });
});

test.each<[option: string, sent: readonly string[], reason: CloseReason]>([
  ['--tcp-max-connections=1', ['', ''], 'displaced'],
  ['--tcp-max-connections-per-client=1', ['', ''], 'displaced'],
  ['--tcp-query-timeout=100ms', ['\0\x1ehalf a query'], 'slow'],
])('%s is in force', async (option, sent, reason) => {
  const reasons: unknown[] = [];
  const observer = (): ListenerObserver => ({ ...unobserved, closed: (why) => reasons.push(why) });
  const { urls, close } = await openListeners({ ...parts(['--listen', '127.0.0.1:0', option], false), observer });
  closing.push(close);
  for (const text of sent) {
    const client = connect(Number(new URL(urls.find((url) => url.startsWith('tcp:'))!).port), '127.0.0.1').on('error', () => undefined);
    closing.push(() => client.destroy());
    await once(client, 'connect');
    client.write(text);
  }
  await expect.poll(() => reasons, { timeout: 4000 }).toEqual([reason]);
});

test('of a connection, no more queries wait for answers than --tcp-max-queries', async () => {
  const asked: (() => void)[] = [];
  const respond: Respond = (_packet, _length, _client, _at, _target, later) => (asked.push(() => later(new Uint8Array(0))), -1);
  const { urls, close } = await openListeners({ ...parts(['--listen', '127.0.0.1:0', '--tcp-max-queries=2'], false), respond });
  closing.push(close);
  const client = connect(Number(new URL(urls.find((url) => url.startsWith('tcp:'))!).port), '127.0.0.1');
  closing.push(async () => {
    client.destroy();
    while (asked.length > 0) for (const answer of asked.splice(0)) answer();
    await once(client, 'close');
  });
  client.write(Buffer.concat(Array.from({ length: 5 }, () => Buffer.concat([Buffer.from([0, 12]), Buffer.alloc(12)]))));
  await expect.poll(() => asked.length).toBe(2);
  await wait(100);
  expect(asked).toHaveLength(2);
});

test('a certificate that is not there', async () => {
  const args = ['--listen-tls', '127.0.0.1:0', '--tls-cert', '/nowhere/tls.crt', '--tls-key', '/nowhere/tls.key'];
  await expect(startProgram(args)).rejects.toThrow(/cannot read \/nowhere\/tls\.(crt|key): there is no such file; give the path of one/);
});

test('a thread that replaces another serves UDP and TCP without it', async () => {
  const files = ['--tls-cert', '/nowhere/tls.crt', '--tls-key', '/nowhere/tls.key'];
  const urls = await open(['--listen', '127.0.0.1:0', '--listen-tls', '127.0.0.1:0', ...files], false);
  const client = connect(Number(new URL(urls.find((url) => url.startsWith('tcp:'))!).port), '127.0.0.1');
  closing.push(() => client.destroy());
  await once(client, 'connect');
});

test.skipIf(process.platform !== 'linux')(
  'who comes and stays leaves descriptors for others, and for files, where there are few',
  async () => {
    const program = await startProgram([], {}, ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath, main]);
    closing.push(() => program.stop('SIGKILL'));
    expect(program.log.find(({ message }) => String(message).includes('ulimit -n'))).toMatchObject({ connections: 128 });
    for (let i = 0; i < 300; i++) {
      const socket = connect(program.port, '127.0.0.1').on('error', () => undefined);
      closing.push(() => socket.destroy());
      await once(socket, 'connect');
    }
    expect((await fetch(`${program.admin}/livez`)).status).toBe(200);
    const client = await dnsClient(`tcp://127.0.0.1:${program.port}`);
    closing.push(() => client.close());
    const query = encode({ type: 'query', id: 1, questions: [{ type: 'SOA', name: 'cluster.local' }] });
    expect((await client.ask(query))[7]).toBe(1);
  },
);

test('an admin address that another program has', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // It ends: a process that hangs is not started again.
  await expect(startProgram(['--admin', `127.0.0.1:${port}`])).rejects.toThrow(
    new RegExp(`it ended with 1: .*cannot listen on http://127\\.0\\.0\\.1:${port}: address already in use`),
  );
});
