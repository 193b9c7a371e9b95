import { expect, test } from 'vitest';
import { startThread } from './start-thread.ts';

test('what no thread can be made of is told as Node does', () => {
  expect(() => startThread('thread.ts', {})).toThrow('must be an absolute path');
  expect(() => startThread('/thread.ts', () => undefined)).toThrow('could not be cloned');
});
