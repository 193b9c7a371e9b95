import { expect, test } from 'vitest';
import { ThreadPresence } from './thread-presence.ts';

/** What is known after each of `count` calls that nobody answers: there, lost with this call, stuck. */
function unanswered(presence: ThreadPresence, count: number): string[] {
  return Array.from({ length: count }, () => {
    const isLost = presence.call();
    return [presence.isThere && 'there', isLost && 'lost', presence.isStuck && 'stuck'].filter(Boolean).join();
  });
}

test('a thread that listens is called, gone after two calls unanswered, lost once after five, and stuck if it does not end then', () => {
  let calls = 0;
  const presence = new ThreadPresence(() => calls++);
  presence.listens();
  expect(unanswered(presence, 9)).toEqual(['there', '', '', '', '', 'lost', '', '', 'stuck']);
  expect(calls).toBe(9);
  presence.heard();
  expect(unanswered(presence, 1)).toEqual(['there']);
});

test('one that does not listen yet has forty calls, whatever it reports, and all of them anew once it does', () => {
  const presence = new ThreadPresence(() => undefined);
  unanswered(presence, 39);
  presence.heard();
  expect(unanswered(presence, 2)).toEqual(['', 'lost']);
  presence.listens();
  expect(unanswered(presence, 6)).toEqual(['there', '', '', '', '', 'lost']);
});
