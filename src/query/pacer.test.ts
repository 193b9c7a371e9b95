import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Pacer } from './pacer.ts';

/** Each task takes `ms` of the clock, and adds its name to `started`. */
function paced(ms: number): { started: string[]; run: (client: number, name: string) => Promise<string> } {
  let time = 0;
  const pacer = new Pacer({ now: () => time, monotonic: () => time, wait: () => Promise.resolve() });
  const started: string[] = [];
  const run = (client: number, name: string): Promise<string> =>
    pacer.run(client, () => {
      started.push(name);
      time += ms;
      return Promise.resolve(name);
    });
  return { started, run };
}

describe('tasks', () => {
  test('are run at once while the time of a turn lasts, and given their results', async () => {
    const { started, run } = paced(0.2);
    const results = ['a', 'b', 'c', 'd'].map((name) => run(1, name));
    expect(started).toEqual(['a', 'b', 'c']);
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('of long duration are run one a turn, so that other events are handled in between', async () => {
    const { started, run } = paced(5);
    for (const name of ['a', 'b', 'c']) void run(1, name);
    const counts = [started.length];
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn();
      counts.push(started.length);
    }
    expect(counts).toEqual([1, 2, 3, 3]);
  });

  test('of several clients are run in turn', async () => {
    const { started, run } = paced(0.25);
    const all = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((name) => run(1, name));
    all.push(run(2, 'b1'), run(2, 'b2'), run(3, 'c1'));
    await Promise.all(all);
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5', 'a6']);
  });

  test('wait behind those that wait already', async () => {
    const { started, run } = paced(0.3);
    const before = ['a', 'b', 'c', 'd'].map((name) => run(1, name));
    await nextTurn();
    const later = run(1, 'e');
    await Promise.all([...before, later]);
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that fail fail their caller only', async () => {
    const { run, started } = paced(2);
    const pacer = new Pacer({ now: () => 0, monotonic: () => 0, wait: () => Promise.resolve() });
    await expect(pacer.run(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await Promise.all([run(1, 'a'), run(1, 'b')])).toEqual(['a', 'b']);
    expect(started).toEqual(['a', 'b']);
  });
});
