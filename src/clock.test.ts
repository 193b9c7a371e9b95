import { expect, test } from 'vitest';
import { LONGEST_WAIT, systemClock } from './clock.ts';

test.each([LONGEST_WAIT, LONGEST_WAIT + 1, LONGEST_WAIT * 1.5])('a wait of %d ms does not end at once', async (ms) => {
  const ended: string[] = [];
  const control = new AbortController();
  const timer = systemClock.after(ms, () => ended.push('after'));
  const waiting = systemClock.wait(ms, control.signal).then(
    () => ended.push('wait'),
    () => undefined,
  );
  await systemClock.wait(30);
  timer.cancel();
  control.abort(new Error('enough'));
  await waiting;
  expect(ended).toEqual([]);
});
