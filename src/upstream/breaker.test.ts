import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import type { State } from './observer.ts';

/** Steps: `ok`, `fail`, `err`; with a number, of a question asked at that time. Time is the step's place. */
type Step = 'ok' | 'fail' | 'err' | 'loop' | 'no loop' | readonly ['ok' | 'fail' | 'err', askedAt: number];

function play(steps: readonly Step[]): { states: State[]; breaker: Breaker } {
  const states: State[] = [];
  const breaker = new Breaker((state) => states.push(state));
  steps.forEach((step, now) => {
    const [what, askedAt] = typeof step === 'string' ? [step, now] : step;
    if (what === 'ok') breaker.succeeded(askedAt, now);
    else if (what === 'fail') breaker.failed(askedAt, now);
    else if (what === 'err') breaker.erred(askedAt, now);
    else breaker.looped(what === 'loop', now);
  });
  return { states, breaker };
}

const fails = Array<Step>(5).fill('fail');

describe('the states of an upstream', () => {
  const cases: readonly [title: string, steps: readonly Step[], states: readonly State[]][] = [
    ['four failures are no reason', ['fail', 'fail', 'fail', 'fail'], []],
    ['five in a row open it', fails, ['down']],
    ['a reply between begins the count anew', ['fail', 'fail', 'fail', 'fail', 'ok', 'fail'], []],
    ['a reply puts it on trial, a second one up', [...fails, 'ok', 'ok'], ['down', 'trial', 'up']],
    ['one failure on trial is enough', [...fails, 'ok', 'fail'], ['down', 'trial', 'down']],
    ['what was asked before the trial says nothing about it', [...fails, 'ok', ['fail', 2], ['ok', 3]], ['down', 'trial']],
    ['fourteen errors in a row open it', Array<Step>(14).fill('err'), ['down']],
    ['errors that are fewer than answers do not', Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 'err' : 'ok')), []],
    ['an error on trial is enough', [...fails, 'ok', 'err'], ['down', 'trial', 'down']],
    ['a loop takes it out until it is none', ['loop', 'loop', 'fail', 'no loop'], ['loop', 'up']],
    ['no loop is no news', ['no loop'], []],
  ];
  test.each(cases)('%s', (_, steps, states) => {
    expect(play(steps).states).toEqual(states);
  });

  test('relapses are counted until it is up', () => {
    const steps: Step[] = [...fails, 'ok', 'fail', 'ok', 'fail'];
    expect(play(steps).breaker.relapses).toBe(2);
    expect(play([...steps, 'ok', 'ok']).breaker.relapses).toBe(0);
  });
});
