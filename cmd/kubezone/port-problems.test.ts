import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import { optionProblems } from './option-problems.ts';

const tls = ['--tls-cert', 'c', '--tls-key', 'k'];

test.each<[args: string[], says: string[]]>([
  [['--listen', ':53', '--admin', ':9153'], []],
  [['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], []],
  [['--listen', '127.0.0.1:53', '--listen', '127.0.0.2:53'], []],
  [['--listen', '10.0.0.1:53', '--admin', '127.0.0.1:53'], []],
  [['--listen', '127.0.0.1:53', '--admin', ':53'], ['flag --admin: ":53" is taken by --listen; each needs a port of its own']],
  [
    ['--listen-tls', ':853', '--listen-https', '[::1]:853', ...tls],
    ['flag --listen-https: "[::1]:853" is taken by --listen-tls; each needs a port of its own'],
  ],
  [['--listen', ':53', '--listen', ':53'], ['flag --listen: ":53" is taken by --listen; each needs a port of its own']],
])('%j', (args, says) => {
  const loaded = load(args, {}, (file) => readFileSync(file, 'utf8'), optionProblems);
  expect('errors' in loaded ? loaded.errors.map(({ message }) => message) : []).toEqual(says);
});

test('of several addresses in a file, the line of the one is said', () => {
  const loaded = load(
    ['--config', 'kz.yaml'],
    {},
    () => 'listen:\n  - "127.0.0.1:53"\n  - ":53"\n  - ":54"\nadmin: ":53"\n',
    optionProblems,
  );
  expect('errors' in loaded ? loaded.errors.map(({ message }) => message) : []).toEqual([
    'kz.yaml:3: listen ":53" is taken by --listen; each needs a port of its own',
    'kz.yaml:5: admin ":53" is taken by --listen; each needs a port of its own',
  ]);
});
