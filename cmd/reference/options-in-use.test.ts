/** Every option has an effect: its value is read somewhere outside the table, and not only by what checks or describes it. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { camelCase } from '../../src/config/option.ts';
import { options } from '../../src/config/options.ts';

/** Files that mention an option without doing what it says. */
const WORDS_ONLY = ['src/config/', 'cmd/reference/', 'cmd/kubezone/startup-error.ts', 'cmd/kubezone/help.ts'];

const root = new URL('../../', import.meta.url);
const source = globSync('{src,cmd}/**/*.ts', { cwd: root.pathname })
  .filter((path) => !path.endsWith('.test.ts') && !WORDS_ONLY.some((start) => path.startsWith(start)))
  .map((path) => withoutComments(readFileSync(new URL(path, root), 'utf8')))
  .join('\n');

/** Also removes members of types, such as `readonly name: string`. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '').replaceAll(/^\s*(\/\/|readonly ).*$/gm, '');
}

/** Matches `options.name`, or `name` in a destructuring or an object literal: `{ name }: Options`. */
const reads = (name: string): RegExp => new RegExp(`\\.${name}\\b|[{,]\\s*${name}\\s*[,:}=]`);

test.each(options.map(({ name }) => name))('%s', (name) => {
  expect(source).toMatch(reads(camelCase(name)));
});
