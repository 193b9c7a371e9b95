/** Sockets to peers through libc: what is heard, what is not heard any more, and that no descriptor is left. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { loadLibc } from './libc.ts';
import { UdpPeers, type Peer } from './udp-peers.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

/** A server that sends back every datagram as often as its first octet says. */
async function echo(host: string): Promise<Socket> {
  const server = createSocket(host === '::1' ? 'udp6' : 'udp4').bind(0, host);
  cleanUp.push(() => server.close());
  server.on('message', (datagram, { port, address }) => {
    for (let left = datagram[0]!; left > 0; left--) server.send(datagram, port, address);
  });
  await once(server, 'listening');
  return server;
}

/** As echo, in a thread of its own. */
async function echoingThread(): Promise<{ port: number }> {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const server = require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1', () => parentPort.postMessage(server.address()));
    server.on('message', (datagram, { port, address }) => server.send(datagram, port, address));`,
    { eval: true },
  );
  cleanUp.push(() => thread.terminate());
  const [address] = (await once(thread, 'message')) as [{ port: number }];
  return address;
}

function open(): UdpPeers {
  const peers = new UdpPeers();
  cleanUp.push(() => peers.close());
  return peers;
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const neverFails = (error: Error): never => {
  throw error;
};

describe.skipIf(process.platform !== 'linux')('peers', () => {
  test.each(['127.0.0.1', '::1'])('each of 100 datagrams to %s comes back to its own socket, and no descriptor is left', async (host) => {
    const { port } = (await echo(host)).address();
    const peers = open();
    const before = descriptors();
    const heard = new Map<number, number>();
    const sockets: Peer[] = [];
    for (let i = 0; i < 100; i++) {
      const peer = peers.connect(host, port, { received: (datagram) => void heard.set(i, datagram[1]!), failed: neverFails });
      peer.send(Uint8Array.of(1, i));
      sockets.push(peer);
    }
    await until(() => heard.size === 100);
    expect([...heard].every(([socket, octet]) => socket === octet)).toBe(true);
    expect(descriptors()).toBe(before + 100);
    for (const socket of sockets) {
      socket.close();
      // A second time changes nothing.
      socket.close();
    }
    expect(descriptors()).toBe(before);
  });

  test('a socket closed by what came to another hears nothing, although a datagram waits for it', async () => {
    const { port } = (await echo('127.0.0.1')).address();
    const peers = open();
    const heard: string[] = [];
    const pair: Peer[] = ['a', 'b'].map((name, index) =>
      peers.connect('127.0.0.1', port, {
        received: () => {
          heard.push(name);
          pair[1 - index]!.close();
        },
        failed: neverFails,
      }),
    );
    for (const peer of pair) peer.send(Uint8Array.of(1, 0));
    await until(() => heard.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toHaveLength(1);
  });

  test('a second datagram is heard in a later turn', async () => {
    const { port } = (await echo('127.0.0.1')).address();
    let heard = 0;
    const peer = open().connect('127.0.0.1', port, { received: () => heard++, failed: neverFails });
    peer.send(Uint8Array.of(3, 0));
    await until(() => heard === 3);
  });

  describe('what waits until all has been read', () => {
    /** Sends one datagram by each of `count` sockets, and blocks this thread until the other one has sent all back. */
    async function backlog(count: number): Promise<{ peers: UdpPeers; sockets: readonly Peer[]; heard: () => number }> {
      const { port } = await echoingThread();
      const peers = open();
      let heard = 0;
      const receiver = { received: () => heard++, failed: neverFails };
      const sockets = Array.from({ length: count }, () => peers.connect('127.0.0.1', port, receiver));
      for (const socket of sockets) socket.send(Uint8Array.of(1));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      return { peers, sockets, heard: () => heard };
    }

    test('runs after 200 sockets that were readable before, and what followed from their datagrams', async () => {
      const { peers, heard } = await backlog(200);
      await new Promise<void>((resolve) => {
        setTimeout(() => peers.whenRead(resolve), 0);
      });
      expect(heard()).toBe(200);
    });

    test('runs without any socket, and keeps the event loop awake for that', async () => {
      await new Promise<void>((resolve) => open().whenRead(resolve));
    });

    test.each(['one by one', 'all at once'])('runs when the sockets are closed meanwhile, %s', async (how) => {
      const { peers, sockets } = await backlog(100);
      const waiting = new Promise<void>((resolve) => peers.whenRead(resolve));
      if (how === 'one by one') for (const socket of sockets) socket.close();
      else peers.close();
      await waiting;
    });
  });

  test('where the event loop refuses, no descriptor is left', () => {
    const refused = (): never => {
      throw new Error('refused');
    };
    const before = descriptors();
    expect(() => new UdpPeers({ ...loadLibc(), wake: refused })).toThrow('refused');
    expect(descriptors()).toBe(before);
  });

  test.each([
    { code: 'EAGAIN', fails: false },
    { code: 'EPERM', fails: true },
  ] as const)('a call that ends with $code fails: $fails', async ({ code, fails }) => {
    const libc = loadLibc();
    let isRefused = false;
    const refused = (): number => {
      isRefused = true;
      return -1;
    };
    const errno = (): number => (isRefused ? constants.errno[code] : libc.errno());
    const sending = new UdpPeers({ ...libc, send: refused, errno });
    cleanUp.push(() => sending.close());
    const send = (): void => sending.connect('127.0.0.1', 9, { received: () => undefined, failed: neverFails }).send(Uint8Array.of(1));
    if (fails) expect(send).toThrow(code);
    else expect(send).not.toThrow();

    const { port } = (await echo('127.0.0.1')).address();
    let tries = 0;
    const receive = (): number => (tries++, refused());
    const receiving = new UdpPeers({ ...libc, receive, errno });
    cleanUp.push(() => receiving.close());
    const failures: (string | undefined)[] = [];
    const peer = receiving.connect('127.0.0.1', port, { received: () => undefined, failed: (error) => void failures.push(error.code) });
    peer.send(Uint8Array.of(1));
    await until(() => tries > 0);
    peer.close();
    expect(failures.length > 0).toBe(fails);
  });

  test('nobody there, and no route', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    const peers = open();
    const before = descriptors();
    const errors: (string | undefined)[] = [];
    const peer = peers.connect('127.0.0.1', port, { received: () => undefined, failed: ({ code }) => void errors.push(code) });
    peer.send(Uint8Array.of(1));
    await until(() => errors.length > 0);
    expect(errors).toEqual(['ECONNREFUSED']);
    peer.close();
    // The kernel asks for SO_BROADCAST first, which no socket here has.
    expect(() => peers.connect('255.255.255.255', 53, { received: () => undefined, failed: neverFails })).toThrow('EACCES');
    expect(descriptors()).toBe(before);
  });
});
