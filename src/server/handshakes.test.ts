import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../test/fakes/until.ts';
import { handshakes } from './handshakes.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** Returns sockets of a server, each with its client. */
async function pairs(count: number): Promise<{ client: Socket; socket: Socket }[]> {
  const server = createServer().listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const made: { client: Socket; socket: Socket }[] = [];
  for (let i = 0; i < count; i++) {
    const client = connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    closing.push(() => client.destroy());
    closing.push(() => socket.destroy());
    made.push({ client, socket });
  }
  return made;
}

test('a crowd that says hello at once has its turns, in which others have theirs', async () => {
  const sockets = await pairs(40);
  let turn = 0;
  const count = (): void => {
    turn++;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  closing.push(() => clearImmediate(immediate));
  const turns: number[] = [];
  const heard: number[] = [];
  const shake = handshakes((socket) => {
    turns.push(turn);
    heard.push((socket.read() as Buffer | null)?.length ?? 0);
  });
  for (const { socket } of sockets) shake(socket);
  for (const { client } of sockets) client.write('hello');
  await until(() => turns.length === 40);
  expect(Math.max(...turns.map((one) => turns.filter((other) => other === one).length))).toBeLessThanOrEqual(4);
  expect(new Set(heard)).toEqual(new Set([5]));
});

test('who says nothing, or is gone when it is its turn, has none', async () => {
  const [silent, gone, here] = (await pairs(3)) as [Pair, Pair, Pair];
  const begun: Socket[] = [];
  const shake = handshakes((socket) => begun.push(socket));
  for (const { socket } of [silent, gone, here]) shake(socket);
  gone.socket.once('readable', () => gone.socket.destroy());
  for (const { client } of [gone, here]) client.write('hello');
  await until(() => begun.length > 0 && gone.socket.destroyed);
  expect(begun).toEqual([here.socket]);
});

type Pair = Awaited<ReturnType<typeof pairs>>[number];
