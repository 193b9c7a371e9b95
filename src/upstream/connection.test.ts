import { connect, type Socket } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeClock, type FakeClock } from '../../test/fakes/clock.ts';
import { startLyingUpstream, type Lies, type LyingUpstream } from '../../test/fakes/lying-upstream.ts';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { until } from '../../test/fakes/until.ts';
import { nameFromText } from '../wire/name.ts';
import { writeQuestion } from '../wire/question.ts';
import { Connection } from './connection.ts';
import { exchangeFor, parseEndpoint } from './endpoint.ts';
import { frame } from './framing.ts';
import { tcpExchange } from './stream.ts';
import { udpExchange } from './udp.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

const question = (name: string): Uint8Array =>
  writeQuestion({ name: nameFromText(name)!, type: 1, dnssecOk: false, checkingDisabled: false }, 0, 1232);
const respond = (query: Buffer): Uint8Array => frame(encode({ ...decode(query), type: 'response', additionals: [] }));
const nameOf = (reply: Uint8Array): string => decode(Buffer.from(reply)).questions![0]!.name;

async function serve(tcp: NonNullable<Lies['tcp']>): Promise<LyingUpstream> {
  const server = await startLyingUpstream({ tcp });
  cleanUp.push(() => server.close());
  return server;
}

function exchangeTo({ port }: LyingUpstream, { dropped = (): unknown => undefined, idle = 10_000 } = {}) {
  const clock = fakeClock();
  let id = 0;
  const exchange = tcpExchange({ address: '127.0.0.1', port, clock, random16: () => id++ & 0xffff, dropped, idle });
  cleanUp.push(() => exchange[Symbol.dispose]());
  return { exchange, clock };
}

describe('a kept connection', () => {
  test('takes replies in any order', async () => {
    const waiting: Buffer[] = [];
    const server = await serve((query, connection) => {
      waiting.push(query);
      if (waiting.length === 3) for (const each of waiting.reverse()) connection.write(respond(each));
    });
    const { exchange } = exchangeTo(server);
    const names = ['a.test', 'b.test', 'c.test'];
    expect((await Promise.all(names.map((name) => exchange(question(name), unaborted())))).map(nameOf)).toEqual(names);
  });

  test('drops a reply to another question than that of its id, and one without a question of ours', async () => {
    let dropped = 0;
    const server = await serve((query, connection) => {
      const { id } = decode(query);
      connection.write(frame(encode({ type: 'response', id: id!, questions: [{ name: 'other.test', type: 'A' }] })));
      connection.write(frame(encode({ type: 'response', id: id! ^ 0x4000, questions: [{ name: 'a.test', type: 'A' }] })));
      connection.write(Buffer.from([0, 1, 7]));
      connection.write(respond(query));
    });
    const { exchange } = exchangeTo(server, { dropped: () => dropped++ });
    expect(nameOf(await exchange(question('a.test'), unaborted()))).toBe('a.test');
    expect(dropped).toBe(1);
  });

  test('that owes replies and is silent for two seconds gives way to a new one', async () => {
    const connections = new Set<Socket>();
    const server = await serve((query, connection) => {
      connections.add(connection);
      if (connections.size > 1) connection.write(respond(query));
    });
    const { exchange, clock } = exchangeTo(server);
    const first = exchange(question('a.test'), unaborted());
    await until(() => connections.size === 1);
    await clock.advance(1900);
    const second = exchange(question('b.test'), unaborted());
    await clock.advance(200);
    const third = exchange(question('c.test'), unaborted());
    // The questions on the silent connection are asked again, too.
    expect((await Promise.all([first, second, third])).map(nameOf)).toEqual(['a.test', 'b.test', 'c.test']);
    expect(connections.size).toBe(2);
  });

  test('that owes a reply for more than half a second is asked no more while another can be', async () => {
    const connections = new Set<Socket>();
    const server = await serve((query, connection) => {
      connections.add(connection);
      if (connections.size > 1) connection.write(respond(query));
    });
    const { exchange, clock } = exchangeTo(server);
    void exchange(question('a.test'), unaborted()).catch(() => undefined);
    await until(() => connections.size === 1);
    await clock.advance(600);
    expect(nameOf(await exchange(question('b.test'), unaborted()))).toBe('b.test');
    expect(nameOf(await exchange(question('c.test'), unaborted()))).toBe('c.test');
    expect(connections.size).toBe(2);
  });

  test('that is let go answers what it was asked, then it is closed', async () => {
    let answerNow = (): void => undefined;
    const connections: Socket[] = [];
    const server = await serve((query, connection) => {
      connections.push(connection);
      answerNow = () => void connection.write(respond(query));
    });
    const { exchange } = exchangeTo(server);
    const asking = exchange(question('a.test'), unaborted());
    await until(() => connections.length === 1);
    exchange[Symbol.dispose]();
    answerNow();
    expect(nameOf(await asking)).toBe('a.test');
    await until(() => connections[0]!.destroyed);
  });

  test('is closed when it is idle, and a new one opened for the next question', async () => {
    const connections = new Set<Socket>();
    const server = await serve((query, connection) => {
      connections.add(connection);
      connection.write(respond(query));
    });
    const { exchange } = exchangeTo(server, { idle: 50 });
    await exchange(question('a.test'), unaborted());
    await until(() => [...connections].every((connection) => connection.destroyed));
    await exchange(question('b.test'), unaborted());
    expect(connections.size).toBe(2);
  });

  test.each([
    { silence: 'of two seconds', idle: 10_000, paused: 0, names: ['a.test', 'b.test'] },
    { silence: 'that would end it', idle: 500, paused: 600, names: ['a.test'] },
  ])('that answered while this process paused, a silence $silence, is read before it is closed', async ({ idle, paused, names }) => {
    const asking: Promise<Uint8Array>[] = [];
    const ask = (): unknown => asking.length < names.length && asking.push(exchange(question(names[asking.length]!), unaborted()));
    const server = await serve((query, connection) => {
      connection.write(respond(query));
      void clock.advance(2100);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, paused);
      ask();
    });
    const { exchange, clock } = exchangeTo(server, { idle });
    ask();
    await until(() => asking.length === names.length);
    expect((await Promise.all(asking)).map(nameOf)).toEqual(names);
    // None was asked again because its connection was closed.
    expect(server.asked.tcp).toBe(names.length);
  });

  test('that is reset again and again is a failure, after two tries', async () => {
    const server = await serve((_, connection) => void connection.resetAndDestroy());
    const { exchange } = exchangeTo(server);
    await expect(exchange(question('a.test'), unaborted())).rejects.toMatchObject({ why: 'reset' });
    expect(server.asked.tcp).toBe(2);
  });
});

test('no more sockets than allowed are opened for UDP', async () => {
  const server = await startLyingUpstream({});
  cleanUp.push(() => server.close());
  const { port } = server;
  const exchange = udpExchange({
    address: '127.0.0.1',
    port,
    randomCase: false,
    random16: () => 1,
    dropped: () => undefined,
    maxSockets: 2,
  });
  const control = new AbortController();
  const asking = [1, 2, 3].map((n) => exchange(question(`n${n}.test`), control.signal).catch((error: unknown) => error));
  expect(await asking[2]).toMatchObject({ why: 'exhausted' });
  control.abort(new Error('enough'));
  expect(await Promise.all(asking.slice(0, 2))).toEqual([new Error('enough'), new Error('enough')]);
  // Abandoned questions make room.
  const later = new AbortController();
  const fourth = exchange(question('n4.test'), later.signal).catch((error: unknown) => error);
  await until(() => server.asked.udp > 0);
  later.abort(new Error('enough'));
  expect(await fourth).toEqual(new Error('enough'));
});

test.each<[string, (query: Buffer, send: (reply: Uint8Array) => void) => void, number]>([
  ['replies with other ids', (query, send) => [1, 2, 3].forEach((more) => send(reply(query, { id: more }))), 1],
  ['replies to another question', (query, send) => [1, 2, 3].forEach(() => send(reply(query, { name: 'b.test' }))), 1],
  ['a duplicate too late, and two guesses before', (query, send) => [1, 2, 0, 0, 3].forEach((more) => send(reply(query, { id: more }))), 0],
  ["a reply in an upstream's own letters", (query, send) => send(reply(query, { name: 'A.tesT' })), 0],
])('over UDP, %s', async (_, udp, guesses) => {
  const server = await startLyingUpstream({ udp });
  cleanUp.push(() => server.close());
  let guessed = 0;
  const exchange = udpExchange({
    address: '127.0.0.1',
    port: server.port,
    randomCase: true,
    random16: () => 0,
    dropped: () => undefined,
    guessed: () => guessed++,
  });
  await exchange(question('a.test'), unaborted()).catch(() => undefined);
  expect(guessed).toBe(guesses);
});

test.each(['udp', 'tcp'] as const)('over %s ids are random, in both octets (RFC 5452 section 9.2)', async (scheme) => {
  const ids: number[] = [];
  const note = (query: Buffer): Uint8Array => {
    ids.push(query.readUInt16BE(0));
    return reply(query, {});
  };
  const server = await startLyingUpstream({
    udp: (query, send) => send(note(query)),
    tcp: (query, connection) => void connection.write(frame(note(query))),
  });
  cleanUp.push(() => server.close());
  const options = { clock: fakeClock(), randomCase: false, dropped: () => undefined, ca: undefined };
  const exchange = exchangeFor(parseEndpoint(`${scheme}://127.0.0.1:${server.port}`), options);
  cleanUp.push(() => exchange[Symbol.dispose]());
  for (let i = 0; i < 32; i++) await exchange(question('a.test'), unaborted());
  for (const octet of [(id: number) => id >> 8, (id: number) => id & 0xff]) expect(new Set(ids.map(octet)).size).toBeGreaterThan(16);
});

test('more questions than one connection takes are refused at once', async () => {
  const server = await serve(() => undefined);
  const socket = connect({ host: '127.0.0.1', port: server.port });
  let id = 0;
  const options = { clock: fakeClock(), random16: () => id++ & 0xffff, dropped: () => undefined };
  const connection = new Connection(socket, { ready: 'connect', failure: 'reset' }, options);
  const waiting = Array.from({ length: 4096 }, () => connection.ask(question('a.test'), unaborted()));
  await expect(connection.ask(question('a.test'), unaborted())).rejects.toMatchObject({ why: 'exhausted' });
  connection.close();
  expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true);
});

describe('an upstream over UDP', () => {
  async function udpTo(lies: Lies): Promise<{ server: LyingUpstream; clock: FakeClock; ask: () => Promise<Uint8Array> }> {
    const server = await startLyingUpstream(lies);
    cleanUp.push(() => server.close());
    const clock = fakeClock();
    const options = { clock, randomCase: true, dropped: () => undefined, ca: undefined };
    const exchange = exchangeFor(parseEndpoint(`udp://127.0.0.1:${server.port}`), options);
    cleanUp.push(() => exchange[Symbol.dispose]());
    return { server, clock, ask: () => exchange(question('abcdefghijklmnopqrstuvwxyz.test'), unaborted()) };
  }

  test('that somebody imitates is asked over TCP for ten seconds', async () => {
    const { server, clock, ask } = await udpTo({
      udp: (query, send) => [1, 2, 3].forEach((more) => send(reply(query, { id: more }))),
      tcp: (query, connection) => void connection.write(respond(query)),
    });
    const byUdp: number[] = [];
    for (const pause of [0, 9999, 1]) {
      await clock.advance(pause);
      await ask();
      byUdp.push(server.asked.udp);
    }
    expect(byUdp).toEqual([1, 1, 2]);
  });

  test('that changes the case of letters and has no TCP is asked in lower case for ten minutes', async () => {
    const { server, clock, ask } = await udpTo({
      udp: (query, send) => send(reply(query, { name: nameOf(query).toLowerCase() })),
      tcp: (_, connection) => void connection.resetAndDestroy(),
    });
    const counts: number[][] = [];
    for (const pause of [0, 599_999, 1]) {
      await clock.advance(pause);
      await ask();
      counts.push([server.asked.udp, server.asked.tcp]);
    }
    expect(counts).toEqual([
      [2, 2],
      [3, 2],
      [5, 4],
    ]);
  });
});

function reply(query: Buffer, { id = 0, name = nameOf(query) }): Uint8Array {
  return encode({ type: 'response', id: query.readUInt16BE(0) + id, questions: [{ name, type: 'A' }] });
}
