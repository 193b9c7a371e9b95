import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { BackPressure } from './back-pressure.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Back-pressure by as many threads as there are entries in `behind`. */
function rig(behind: readonly boolean[]) {
  const clock = fakeClock();
  const stopping = new AbortController();
  const threads = behind.map((isBehind) => ({
    isBehind,
    givenUp: 0,
    giveUp(): void {
      this.givenUp++;
      this.isBehind = false;
    },
  }));
  let ran = 0;
  const pressure = new BackPressure(clock, stopping.signal, () => threads);
  const whenTaken = (): void => pressure.whenTaken(() => ran++);
  return { clock, stopping, threads, pressure, whenTaken, ran: () => ran };
}

test.each<[string, readonly boolean[]]>([
  ['no thread listens', []],
  ['none is behind', [false, false]],
])('while %s, the next update is made in a later turn', async (_, behind) => {
  const { whenTaken, ran } = rig(behind);
  whenTaken();
  expect(ran()).toBe(0);
  await nextTurn();
  expect(ran()).toBe(1);
});

test('the next update is made once, after the last thread has taken an earlier one', async () => {
  const { threads, pressure, whenTaken, ran } = rig([true, true]);
  whenTaken();
  threads[0]!.isBehind = false;
  pressure.goOn();
  await nextTurn();
  expect(ran()).toBe(0);
  threads[1]!.isBehind = false;
  pressure.goOn();
  pressure.goOn();
  await nextTurn();
  expect(ran()).toBe(1);
});

test('a thread that takes nothing for a second is given up, and others are not before theirs is over', async () => {
  const { clock, threads, pressure, whenTaken, ran } = rig([true]);
  whenTaken();
  await clock.advance(900);
  threads[0]!.isBehind = false;
  pressure.goOn();
  await nextTurn();
  expect(ran()).toBe(1);
  threads[0]!.isBehind = true;
  whenTaken();
  await clock.advance(200);
  expect(threads[0]!.givenUp).toBe(0);
  await clock.advance(1000);
  await nextTurn();
  expect([threads[0]!.givenUp, ran()]).toEqual([1, 2]);
});

test('after the end, nobody is given up', async () => {
  const { clock, stopping, threads, whenTaken, ran } = rig([true]);
  whenTaken();
  stopping.abort();
  await clock.advance(2000);
  await nextTurn();
  expect([threads[0]!.givenUp, ran()]).toEqual([0, 0]);
});
