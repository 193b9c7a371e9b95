/** Writes what was measured into docs/performance.md, with the command and the machine, between two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { markdown, type Tables } from './tables.ts';

const page = join(import.meta.dirname, '../../docs/performance.md');
const BEGIN = '<!-- measured: npm run bench:server -- --write -->';
const END = '<!-- end of what was measured -->';

export function writePage(tables: Tables, args: readonly string[]): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/performance.md has lost its marks: ${BEGIN} … ${END}`);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;
  const command = ['npm run bench:server --', ...args].join(' ');
  const when = new Date().toISOString().slice(0, 10);
  writeFileSync(page, `${before}${BEGIN}\n\n\`${command}\` on ${when}: ${machine}.\n\n${markdown(tables)}\n\n${END}${after}`);
}
