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
    [
      'once it is up again, errors of before do not count',
      [...Array<Step>(14).fill('err'), 'ok', 'ok', 'err', 'err', 'err'],
      ['down', 'trial', 'up'],
    ],
    ['errors that are fewer than answers do not', Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 'err' : 'ok')), []],
    ['an error on trial is enough', [...fails, 'ok', 'err'], ['down', 'trial', 'down']],
    ['a loop takes it out until it is none', ['loop', 'loop', 'fail', 'no loop'], ['loop', 'up']],
    ['no loop is no news', ['no loop'], []],
  ];
  test.each(cases)('%s', (_, steps, states) => {
    expect(play(steps).states).toEqual(states);
  });

  test('late replies open it only after a while of silence', () => {
    const breaker = new Breaker(() => undefined);
    for (let nth = 0; nth < 100; nth++) breaker.late(nth, nth + 20);
    expect(breaker.state).toBe('up');
    breaker.late(180, 200);
    expect(breaker.state).toBe('down');
  });

  test('silence to all calls opens it at once, on trial too, and is no relapse', () => {
    const states: State[] = [];
    const breaker = new Breaker((state) => states.push(state));
    breaker.silent(0, 1);
    breaker.succeeded(2, 3);
    breaker.silent(1, 4);
    breaker.silent(4, 5);
    expect(states).toEqual(['down', 'trial', 'down']);
    expect([breaker.relapses, breaker.since]).toEqual([0, 5]);
  });

  test('relapses are counted until it stays up for ten seconds', () => {
    const breaker = play([...fails, 'ok', 'fail', 'ok', 'ok', ...fails]).breaker;
    expect(breaker.relapses).toBe(2);
    breaker.succeeded(100, 100);
    breaker.succeeded(101, 101);
    for (let nth = 0; nth < 5; nth++) breaker.failed(20_000, 20_000);
    expect([breaker.state, breaker.relapses]).toEqual(['down', 0]);
  });
});
