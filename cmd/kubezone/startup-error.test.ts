import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';
import { explain } from './startup-error.ts';

function optionsOf(...argv: string[]): Options {
  const loaded = load(argv, {}, () => '');
  if ('errors' in loaded) throw new Error(loaded.errors[0]?.message);
  return loaded.options;
}

const refused = Object.assign(new Error('connect ECONNREFUSED ::1:6443'), { code: 'ECONNREFUSED', syscall: 'connect' });

test('a file that is not there, as the system says it', () => {
  let thrown: unknown;
  try {
    readFileSync('/nowhere/kubeconfig');
  } catch (error) {
    thrown = error;
  }
  expect(explain(thrown)).toBe('cannot read /nowhere/kubeconfig: there is no such file; give the path of one');
});

test.each([
  ['--tls-cert', '/nowhere/tls.crt', 'open'],
  ['--tls-key', '/nowhere/tls.key', 'open'],
  ['--rpz', '/nowhere/lists/a.rpz', 'access'],
  ['--blocklist', '/nowhere/ads', 'stat'],
])('a file that %s names', (option, path, syscall) => {
  const options = optionsOf(
    '--tls-cert',
    '/nowhere/tls.crt',
    '--tls-key',
    '/nowhere/tls.key',
    '--rpz=/nowhere/lists/',
    '--blocklist=/nowhere/ads',
  );
  const error = Object.assign(new Error(`${syscall} ENOENT`), { code: 'ENOENT', syscall, path });
  expect(explain(error, options)).toBe(`${option}: cannot read ${path}: there is no such file; give the path of one`);
});

test.each<[string, Error, string]>([
  [
    'what was said by ourselves',
    new Error('kubeconfig x has no current-context; name one'),
    'kubeconfig x has no current-context; name one',
  ],
  ['a system error inside an error of ours', new Error('ours', { cause: refused }), 'ours'],
  ['a system error inside one of the language', new TypeError('fetch failed', { cause: refused }), 'connect ECONNREFUSED ::1:6443'],
  ['a system error that names no file', refused, 'connect ECONNREFUSED ::1:6443'],
])('%s', (_, error, expected) => {
  expect(explain(error)).toBe(expected);
});

test('what is no error is shown as it is', () => {
  expect(explain('gone')).toBe('failed: gone');
});
