/** What batched UDP does beyond what all listeners do (listener.test.ts). */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { systemClock, type Clock } from '../clock.ts';
import { batchedUdpListener } from './batched-udp.ts';
import { loadLibc } from './libc.ts';
import { chooseUdp } from './udp.ts';
import type { Listener, Respond } from './listener.ts';
import { unobserved, type ListenerObserver } from './observer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const LATER = 9;

/** Packets that are queued at once: more than a listener answers without turns, fewer than the receive buffer holds. */
const QUEUED = 480;
/** A receive buffer that every system allows, octets. */
const BUFFER = 208 * 1024;

/** Answers with QR set: later if the first octet is LATER, else at once. */
const echo: Respond = (packet, length, _client, _receivedAt, _target, later) => {
  packet[2]! |= 0x80;
  if (packet[0] !== LATER) return length;
  const response = packet.slice(0, length);
  setImmediate(() => later(response));
  return -1;
};

async function open(
  host: string,
  observer: Partial<ListenerObserver> = {},
  receiveBuffer = 0,
  respond: Respond = echo,
  clock: Clock = systemClock,
): Promise<Listener> {
  const { listener: make } = await chooseUdp('batched');
  const listener = make({
    endpoint: { host, port: 0 },
    respond,
    clock,
    observer: { ...unobserved, ...observer },
    receiveBuffer,
  });
  await listener.listen();
  closing.push(() => listener.close());
  return listener;
}

function portOf(listener: Listener): number {
  return Number(new URL(listener.url.replace('udp:', 'http:')).port);
}

/** Returns a socket that receives only from `address`, with an address of its own if `from` is given. */
async function connected(port: number, address: string, from?: string): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: BUFFER });
  closing.push(() => socket.close());
  if (from !== undefined) {
    socket.bind(0, from);
    await once(socket, 'listening');
  }
  socket.connect(port, address);
  await once(socket, 'connect');
  return socket;
}

describe.skipIf(process.platform !== 'linux')('batched UDP', () => {
  test.for([
    { host: '0.0.0.0', asked: '127.0.0.1' },
    { host: '0.0.0.0', asked: '127.0.0.77' },
    { host: '::', asked: '::1' },
  ])('on $host answers from $asked when that was asked, at once and later', async ({ host, asked }) => {
    const socket = await connected(portOf(await open(host)), asked);
    for (const first of [1, LATER]) {
      const message = once(socket, 'message');
      socket.send(Uint8Array.of(first, 0, 1, 0, 0, 1));
      expect([...((await message)[0] as Buffer)]).toEqual([first, 0, 0x81, 0, 0, 1]);
    }
  });

  test('drops and counts what is longer than any query, and answers what follows', async () => {
    let oversized = 0;
    const listener = await open('127.0.0.1', { oversized: (count) => (oversized += count) });
    const socket = await connected(portOf(listener), '127.0.0.1');
    const message = once(socket, 'message');
    socket.send(new Uint8Array(2049));
    socket.send(new Uint8Array(2048));
    expect((await message)[0]).toHaveLength(2048);
    expect(oversized).toBe(1);
  });

  test('says how large a receive buffer the kernel granted', async () => {
    const granted: number[] = [];
    await open('127.0.0.1', { receiveBuffer: (size) => granted.push(size) }, 65_536);
    expect(granted).toEqual([65_536]);
  });

  test('answers packets that wait together as one batch', async () => {
    const batches: number[] = [];
    const listener = await open('127.0.0.1', { batch: (received) => batches.push(received) });
    const socket = await connected(portOf(listener), '127.0.0.1');
    let answers = 0;
    socket.on('message', () => answers++);
    for (let i = 0; i < 40; i++) socket.send(Uint8Array.of(1, i, 1, 0));
    await until(() => answers === 40);
    expect(batches.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(Math.max(...batches)).toBeGreaterThan(1);
  });

  test('sends hundreds of answers that come later in one turn, more than one system call takes', async () => {
    const socket = await connected(portOf(await open('127.0.0.1')), '127.0.0.1');
    const answers = new Set<number>();
    socket.on('message', ([, number]) => answers.add(number!));
    for (let i = 0; i < 200; i++) socket.send(Uint8Array.of(LATER, i, 1, 0));
    await until(() => answers.size === 200);
  });

  test.each([
    { together: 40, asking: false, reusePort: false, pauses: true },
    { together: 40, asking: true, reusePort: false, pauses: false },
    { together: 10, asking: false, reusePort: false, pauses: false },
    { together: 10, asking: false, reusePort: true, pauses: true },
    { together: 1, asking: false, reusePort: true, pauses: false },
  ])(
    'waits for more after $together packets that came together, upstreams being asked: $asking, the port shared: $reusePort; $pauses',
    async ({ together, asking, reusePort, pauses }) => {
      let paused = 0;
      const libc = loadLibc();
      const listener = batchedUdpListener(
        { endpoint: { host: '127.0.0.1', port: 0 }, respond: echo, isAsking: () => asking, clock: systemClock, reusePort },
        {
          ...libc,
          pause: (us) => {
            paused++;
            libc.pause(us);
          },
        },
      );
      await listener.listen();
      closing.push(() => listener.close());
      const socket = await connected(portOf(listener), '127.0.0.1');
      let answers = 0;
      socket.on('message', () => answers++);
      for (let round = 1; round <= 20; round++) {
        for (let i = 0; i < together; i++) socket.send(Uint8Array.of(1, i, 1, 0));
        await until(() => answers === together * round);
      }
      expect(paused > 0).toBe(pauses);
    },
  );

  test('a client is not behind the packets that another sent before, and each gets all its answers in order', async () => {
    const order: number[] = [];
    const noting: Respond = (packet, length, client) => {
      order.push(client.address[3]!);
      packet[2]! |= 0x80;
      return length;
    };
    let waiting = 0;
    const listener = await open('127.0.0.1', { read: (more) => (waiting += more ? 1 : 0) }, BUFFER, noting);
    const [greedy, honest] = [
      await connected(portOf(listener), '127.0.0.1', '127.0.0.2'),
      await connected(portOf(listener), '127.0.0.1', '127.0.0.3'),
    ];
    const answers: number[] = [];
    greedy.on('message', ([high, low]) => answers.push(high! * 256 + low!));
    const answered = once(honest, 'message');
    // All are in the receive buffer before the first is read.
    for (let i = 0; i < QUEUED; i++) greedy.send(Uint8Array.of(LATER + 1 + (i >> 8), i & 255, 1, 0));
    honest.send(Uint8Array.of(1, 0, 1, 0));
    await answered;
    await until(() => answers.length === QUEUED);
    expect(order.indexOf(3)).toBeLessThan(QUEUED / 2);
    // Told in the turn that read them all, and in each that answered a batch of them.
    expect(waiting).toBeGreaterThan(3);
    expect(answers).toEqual(Array.from({ length: QUEUED }, (_, i) => (LATER + 1) * 256 + i));
  });

  test('what waits when the listener closes is answered', async () => {
    const drops: number[] = [];
    const dropped = (count: number): void => void drops.push(count);
    // Without the wait, no turn comes between closing and the end.
    const hurried = { ...systemClock, wait: () => Promise.resolve() };
    const listener = await open('127.0.0.1', { clientDrops: dropped, kernelDrops: dropped }, BUFFER, echo, hurried);
    const greedy = await connected(portOf(listener), '127.0.0.1');
    let answers = 0;
    greedy.on('message', () => answers++);
    for (let i = 0; i < QUEUED; i++) greedy.send(Uint8Array.of(1, 0, 1, 0));
    await new Promise((resolve) => setImmediate(resolve));
    await listener.close();
    await until(() => answers === QUEUED);
    expect(drops).toEqual([]);
  });

  test('long packets of a client with others waiting are dropped, which is told', async () => {
    let drops = 0;
    const listener = await open('127.0.0.1', { clientDrops: (count) => (drops += count) }, BUFFER);
    const greedy = await connected(portOf(listener), '127.0.0.1');
    for (let i = 0; i < QUEUED - 30; i++) greedy.send(Uint8Array.of(1, 0, 1, 0));
    for (let i = 0; i < 3; i++) greedy.send(new Uint8Array(600));
    await until(() => drops === 3);
  });

  test('two listeners share a port when both say so', async () => {
    const { listener: make } = await chooseUdp('batched');
    const shared = (port: number): Listener =>
      make({ endpoint: { host: '127.0.0.1', port }, respond: echo, clock: systemClock, reusePort: true });
    const first = shared(0);
    await first.listen();
    closing.push(() => first.close());
    const second = shared(portOf(first));
    await second.listen();
    closing.push(() => second.close());
    expect(second.url).toBe(first.url);
  });
});

/** The code of a thread that serves, and throws when it gets the message `throw`. */
const thread = `
  const { parentPort, workerData } = require('node:worker_threads');
  Promise.all([import(workerData.udp), import(workerData.clock)]).then(async ([{ chooseUdp }, { systemClock }]) => {
    const { listener: make } = await chooseUdp('batched');
    const respond = (packet, length) => length;
    const listener = make({ endpoint: { host: '127.0.0.1', port: 0 }, respond, clock: systemClock });
    await listener.listen();
    parentPort.on('message', (message) => {
      if (message === 'throw') throw new Error('on purpose');
      parentPort.postMessage(message);
    });
    parentPort.postMessage(listener.url);
  });
`;

describe.skipIf(process.platform !== 'linux')('a thread with batched UDP', () => {
  async function startThread(): Promise<{ worker: Worker; port: number }> {
    const workerData = { udp: new URL('./udp.ts', import.meta.url).href, clock: new URL('../clock.ts', import.meta.url).href };
    const worker = new Worker(thread, { eval: true, workerData, execArgv: [] });
    closing.push(() => worker.terminate());
    const [url] = (await once(worker, 'message')) as [string];
    return { worker, port: Number(new URL(url.replace('udp:', 'http:')).port) };
  }

  /** Sends packets without a pause, until the test ends. */
  async function flood(port: number): Promise<void> {
    const socket = await connected(port, '127.0.0.1');
    socket.on('error', () => undefined);
    let going = true;
    closing.push(() => (going = false));
    const send = (): void => {
      for (let i = 0; i < 100; i++) socket.send(Uint8Array.of(1, i, 1, 0));
      setImmediate(() => {
        if (going) send();
      });
    };
    send();
  }

  test.for(['terminate', 'throw'] as const)('ends alone under load, and leaves its port: %s', async (how) => {
    const { worker, port } = await startThread();
    await flood(port);
    const ended = new Promise((resolve) => void worker.once('exit', resolve));
    worker.on('error', () => undefined);
    if (how === 'terminate') await worker.terminate();
    else worker.postMessage('throw');
    await ended;
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
  });

  test('hears messages under load', async () => {
    const { worker, port } = await startThread();
    await flood(port);
    for (let i = 0; i < 20; i++) {
      worker.postMessage(i);
      expect(await once(worker, 'message')).toEqual([i]);
    }
  });
});
