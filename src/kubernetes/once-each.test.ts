import { expect, test } from 'vitest';
import { onceEach } from './once-each.ts';

test('each message is told once, and what is remembered of them is bounded', () => {
  const told: string[] = [];
  const tell = onceEach((message) => told.push(message));
  for (const message of ['a', 'b', 'a', 'a']) tell(message);
  expect(told).toEqual(['a', 'b']);
  for (let index = 0; index < 1_000; index++) tell(String(index));
  tell('a');
  expect(told.filter((message) => message === 'a')).toHaveLength(2);
});
