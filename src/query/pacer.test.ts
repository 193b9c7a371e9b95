import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Pacer } from './pacer.ts';

interface Paced {
  readonly started: string[];
  readonly run: (client: number, name: string) => Promise<string>;
}

/** Each task takes `ms` of the clock once started, and adds its name to `started`. */
function paced(ms: number): Paced {
  let time = 0;
  const pacer = new Pacer({
    now: () => time,
    monotonic: () => time,
    wait: () => Promise.resolve(),
    after: () => ({ cancel: () => undefined }),
  });
  const started: string[] = [];
  const run = (client: number, name: string): Promise<string> =>
    pacer.run(client, () => {
      started.push(name);
      time += ms;
      return Promise.resolve(name);
    });
  return { started, run };
}

const namesOf = (client: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${client}${i}`);

/** Returns how many tasks had started before the first turn of the event loop, and after each. */
async function startedByTurn({ started, run }: Paced, count: number, turns: number): Promise<number[]> {
  for (const name of namesOf('a', count)) void run(1, name);
  const counts = [started.length];
  for (let turn = 0; turn < turns; turn++) {
    await nextTurn();
    counts.push(started.length);
  }
  return counts;
}

describe('tasks', () => {
  test('are run at once if they are few, and given their results', async () => {
    const { started, run } = paced(0.1);
    const results = namesOf('a', 8).map((name) => run(1, name));
    expect(started).toEqual(namesOf('a', 8));
    expect(await Promise.all(results)).toEqual(namesOf('a', 8));
  });

  test('of short duration are run more per turn', async () => {
    expect(await startedByTurn(paced(0.1), 60, 4)).toEqual([8, 16, 25, 35, 46]);
  });

  test('of long duration are run fewer per turn, but at least one', async () => {
    expect(await startedByTurn(paced(1), 20, 5)).toEqual([8, 16, 18, 20, 20, 20]);
    expect(await startedByTurn(paced(50), 20, 4)).toEqual([8, 16, 17, 18, 19]);
  });

  test('of several clients are run in turn', async () => {
    const { started, run } = paced(0);
    const all = [...namesOf('a', 12).map((name) => run(1, name)), ...namesOf('b', 2).map((name) => run(2, name)), run(3, 'c0')];
    await Promise.all(all);
    expect(started).toEqual([...namesOf('a', 8), 'a8', 'b0', 'c0', 'a9', 'b1', 'a10', 'a11']);
  });

  test('wait behind those that wait already', async () => {
    const { started, run } = paced(2);
    const before = namesOf('a', 20).map((name) => run(1, name));
    await nextTurn();
    await Promise.all([...before, run(1, 'last')]);
    expect(started).toEqual([...namesOf('a', 20), 'last']);
  });

  test('that fail concern their caller only', async () => {
    const pacer = new Pacer({
      now: () => 0,
      monotonic: () => 0,
      wait: () => Promise.resolve(),
      after: () => ({ cancel: () => undefined }),
    });
    const all = namesOf('a', 12).map((name, index) =>
      pacer.run(1, () => (index % 2 === 0 ? Promise.reject(new Error('no')) : Promise.resolve(name))),
    );
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(
      namesOf('', 12).map((index) => (+index % 2 === 0 ? 'rejected' : 'fulfilled')),
    );
  });
});
