/** Which connections are admitted, which are closed to make room, and which time out. */
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { Connections, defaultLimits, type Connection, type ConnectionLimits, type Waiting } from './connections.ts';
import { unobserved } from './observer.ts';

function table(limits: Partial<ConnectionLimits>): {
  readonly connections: Connections;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly said: string[];
  readonly connect: (name: string, client?: string) => Connection | undefined;
} {
  const clock = fakeClock();
  const said: string[] = [];
  const connections = new Connections({ ...defaultLimits, ...limits }, clock, {
    ...unobserved,
    refused: (reason) => said.push(`refused: ${reason}`),
  });
  const connect = (name: string, client = name): Connection | undefined => {
    if (!connections.admits(client)) return undefined;
    const connection: Connection = { clientAddress: client, close: (reason) => said.push(`${name}: ${reason}`), finish: () => undefined };
    connections.add(connection);
    return connection;
  };
  return { connections, clock, said, connect };
}

describe('a full table', () => {
  test.for<{ name: string; waits: Waiting[]; said: string }>([
    { name: 'closes the longest idle', waits: ['idle', 'reading', 'unread'], said: 'a: displaced' },
    { name: 'closes the slowest query', waits: ['answering', 'reading', 'idle'], said: 'b: displaced' },
    { name: 'closes who has not read for longest', waits: ['unread', 'idle', 'reading'], said: 'a: displaced' },
    { name: 'closes who does not read when none asks', waits: ['answering', 'answering', 'unread'], said: 'c: displaced' },
    { name: 'refuses when all wait for us', waits: ['answering', 'answering', 'answering'], said: 'refused: limit' },
  ])('$name', async ({ waits, said: expected }) => {
    const { connections, clock, said, connect } = table({ maxConnections: 3 });
    for (const [i, waiting] of waits.entries()) {
      connections.waits(connect('abc'[i]!)!, waiting);
      await clock.advance(10);
    }
    const newcomer = connect('d');
    expect(said).toEqual([expected]);
    expect(newcomer === undefined).toBe(expected === 'refused: limit');
  });

  test('counts the idle time from the last answer', async () => {
    const { connections, clock, said, connect } = table({ maxConnections: 2 });
    const a = connect('a')!;
    connect('b');
    await clock.advance(10);
    connections.waits(a, 'answering');
    connections.waits(a, 'idle');
    connect('c');
    expect(said).toEqual(['b: displaced']);
  });
});

describe('a client with as many connections as it may have', () => {
  test.for<{ name: string; waits: Waiting[]; said: string }>([
    { name: 'gives up its longest idle', waits: ['idle', 'reading', 'unread'], said: 'a: displaced' },
    { name: 'gives up its slowest query', waits: ['answering', 'reading', 'idle'], said: 'b: displaced' },
    { name: 'gives up what it does not read when it asks nothing', waits: ['answering', 'answering', 'unread'], said: 'c: displaced' },
    { name: 'is refused one more when all wait for us', waits: ['answering', 'answering', 'answering'], said: 'refused: client-limit' },
  ])('$name', async ({ waits, said: expected }) => {
    const { connections, clock, said, connect } = table({ maxConnectionsPerClient: 3 });
    connect('other');
    for (const [i, waiting] of waits.entries()) {
      connections.waits(connect('abc'[i]!, '10.0.0.1')!, waiting);
      await clock.advance(10);
    }
    const newcomer = connect('d', '10.0.0.1');
    expect(said).toEqual([expected]);
    expect(newcomer === undefined).toBe(expected.startsWith('refused'));
    expect(connect('e', '10.0.0.2')).toBeDefined();
    expect(said).toHaveLength(1);
  });

  test('has room again when one of them is closed, which counts once', () => {
    const { connections, said, connect } = table({ maxConnectionsPerClient: 2 });
    const first = connect('a', '10.0.0.1')!;
    connect('b', '10.0.0.1');
    connections.remove(first);
    connections.remove(first);
    expect(connect('c', '10.0.0.1')).toBeDefined();
    expect(said).toEqual([]);
    connect('d', '10.0.0.1');
    expect(said).toEqual(['b: displaced']);
  });
});

describe('waiting', () => {
  test.for<{ waiting: Waiting; after: number; said: string[] }>([
    { waiting: 'idle', after: 9999, said: [] },
    { waiting: 'idle', after: 10_000, said: ['a: idle'] },
    { waiting: 'reading', after: 4999, said: [] },
    { waiting: 'reading', after: 5000, said: ['a: slow'] },
    { waiting: 'unread', after: 5000, said: ['a: unread'] },
    { waiting: 'answering', after: 60_000, said: [] },
  ])('$waiting for $after ms', async ({ waiting, after, said: expected }) => {
    const { connections, clock, said, connect } = table({ idleTimeout: 10_000, queryTimeout: 5000 });
    connections.waits(connect('a')!, waiting);
    await clock.advance(after);
    connections.sweep();
    expect(said).toEqual(expected);
    expect(connections.all()).toHaveLength(1 - expected.length);
  });
});

describe('clients that do not read', () => {
  test('give up the longest unread when all hold too much, and nobody who reads', async () => {
    const { connections, clock, said, connect } = table({ maxUnread: 100 });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => connect(name)!) as [Connection, Connection, Connection];
    for (const connection of [a, b]) {
      connections.waits(connection, 'unread');
      connections.holds(connection, 40);
      await clock.advance(10);
    }
    connections.holds(b, 50);
    expect(said).toEqual([]);
    connections.waits(c, 'unread');
    connections.holds(c, 20);
    expect(said).toEqual(['a: unread']);
    connections.holds(b, 0);
    connections.waits(b, 'idle');
    connections.holds(c, 100);
    expect(said).toEqual(['a: unread']);
    connections.holds(c, 101);
    expect(said).toEqual(['a: unread', 'c: unread']);
  });

  test('free what they held when they are closed', () => {
    const { connections, said, connect } = table({ maxUnread: 100 });
    for (let i = 0; i < 10; i++) {
      const connection = connect('a')!;
      connections.waits(connection, 'unread');
      connections.holds(connection, 90);
      connections.remove(connection);
    }
    expect(said).toEqual([]);
  });
});
