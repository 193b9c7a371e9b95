import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import { machineProblems } from './machine-problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubezone-machine-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'snapshot');
writeFileSync(file, '');

const GIB = 2 ** 30;

test.each<[flag: string, memory: number, problems: string[]]>([
  ['--cache-size=1GiB', GIB, []],
  ['--cache-size=1GiB', GIB - 2 ** 20, ['cache-size "1GiB" is more than the memory there is, 1023MiB: give less']],
  ['--cache-size=0', 0, []],
  [`--snapshot=${file}`, GIB, []],
  [`--snapshot=${file}.new`, GIB, []],
  [`--snapshot=${file}/below`, GIB, []],
  ['--snapshot=/dev/null', GIB, ['snapshot "/dev/null" is no file: give the path of one, which need not exist yet']],
  [`--snapshot=${folder}`, GIB, [`snapshot "${folder}" is no file: give the path of one, which need not exist yet`]],
])('%s with %d bytes of memory', (flag, memory, problems) => {
  const loaded = load([flag], {}, () => '');
  if ('errors' in loaded) throw new Error(flag);
  expect(machineProblems(loaded.options, memory).map(({ option, problem }) => `${option} ${problem}`)).toEqual(problems);
});
