import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { ExchangeError } from './exchange.ts';
import { keptConnections, type Keepable } from './kept.ts';

/** An upstream that closes each connection after `most()` replies, which resets the other questions on it. */
function upstream(most: () => number) {
  const clock = fakeClock();
  const opened: Keepable[] = [];
  const open = (): Keepable => {
    let isUsable = true;
    let answered = 0;
    const connection: Keepable = {
      get isUsable() {
        return isUsable;
      },
      unheardSince: undefined,
      ask: async (message) => {
        await Promise.resolve();
        isUsable &&= answered < most();
        if (!isUsable) throw new ExchangeError('reset', 'the connection was closed');
        isUsable = ++answered < most();
        return message;
      },
      close: () => (isUsable = false),
    };
    opened.push(connection);
    return connection;
  };
  const exchange = keptConnections(open, { clock });
  const ask = (count: number): Promise<PromiseSettledResult<Uint8Array>[]> =>
    Promise.allSettled(Array.from({ length: count }, (_, i) => exchange(Uint8Array.of(i), new AbortController().signal)));
  return { clock, opened, ask, exchange };
}

const failed = (results: readonly PromiseSettledResult<unknown>[]): number => results.filter(({ status }) => status === 'rejected').length;

describe('an upstream that closes a connection after so many replies', () => {
  const cases: readonly [most: number, asked: number, connections: number][] = [
    [1, 1, 1],
    [1, 50, 50],
    [3, 50, 17],
    [7, 10, 2],
    [100, 32, 1],
  ];
  test.each(cases)('%i: %i questions at once are answered on %i connections', async (most, asked, connections) => {
    const it = upstream(() => most);
    expect(failed(await it.ask(asked))).toBe(0);
    expect(it.opened).toHaveLength(connections);
  });

  test('is asked no more than that of a connection for ten seconds, then trusted again', async () => {
    let most = 2;
    const it = upstream(() => most);
    await it.ask(4);
    expect(it.opened).toHaveLength(2);
    most = Infinity;
    await it.ask(6);
    expect(it.opened).toHaveLength(5);
    expect(it.opened.every(({ isUsable }) => !isUsable)).toBe(true);
    await it.clock.advance(10_000);
    await it.ask(6);
    expect(it.opened).toHaveLength(6);
  });

  test('holds a bounded number of connections', async () => {
    const it = upstream(() => 1);
    expect(failed(await it.ask(600))).toBe(600 - 16 - 256);
    expect(it.opened).toHaveLength(272);
    expect(failed(await it.ask(1))).toBe(0);
  });
});

test.each([
  [32, 1],
  [33, 2],
  [320, 10],
  [2000, 16],
])('%i questions that wait at once are spread over %i connections', async (asked, connections) => {
  const it = upstream(() => Infinity);
  expect(failed(await it.ask(asked))).toBe(0);
  expect(it.opened).toHaveLength(connections);
  await it.ask(1);
  expect(it.opened).toHaveLength(connections);
});

test('an upstream that answers nothing teaches nothing', async () => {
  const it = upstream(() => 0);
  expect(failed(await it.ask(3))).toBe(3);
  expect(it.opened).toHaveLength(2);
});

test('all connections end with the exchange', async () => {
  const it = upstream(() => Infinity);
  await it.ask(2);
  it.exchange[Symbol.dispose]();
  expect(it.opened.map(({ isUsable }) => isUsable)).toEqual([false]);
});
