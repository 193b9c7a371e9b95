import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { play } from './player.ts';
import { milliseconds, readScenario } from './scenario.ts';

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((file) => file.endsWith('.rpl'));

it.each(files)('%s', async (file) => {
  await play(readScenario(readFileSync(join(folder, file), 'utf8')));
});

it.each([
  ['no such step', 'WHATEVER', 'line 1: no such step: WHATEVER'],
  [
    'a wrong TTL',
    'UPSTREAM a.test A NOERROR\n  answer a.test 20 A 192.0.2.1\nQUERY a.test A\nEXPECT NOERROR\n  answer a.test 19 A 192.0.2.1',
    'line 4',
  ],
  ['a missing answer', 'UPSTREAM a.test A NOERROR after 1s\nQUERY a.test A\nEXPECT NOERROR', 'line 3'],
  ['a wrong count', 'ASKED 1', 'line 1'],
  ['an option that does not exist', 'OPTIONS no-such-option=1', 'no-such-option'],
])('a scenario with %s fails', async (_, text, message) => {
  await expect(play(readScenario(text))).rejects.toThrow(message);
});

it('says where a scenario is malformed', () => {
  expect(() => readScenario('\n  answer a.test 1 A 192.0.2.1')).toThrow('line 2');
  expect(() => milliseconds('soon')).toThrow('"soon" is not a time');
});
