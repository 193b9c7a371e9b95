/** Writes benchmark results between two marker comments in docs/performance.md or the README, with the command and the machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** `page` is relative to the repository's root; `script` is the npm script that measured, with `args`. */
export function writePage(
  page: 'docs/performance.md' | 'README.md',
  script: 'bench:server' | 'bench:scale' | 'bench:flood',
  measured: string,
  args: readonly string[],
): void {
  const path = join(root, page);
  const [begin, end] = [`<!-- measured by npm run ${script} -->`, `<!-- end of ${script} -->`];
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks: ${begin} … ${end}`);
  const processor = cpus()[0]?.model ?? 'an unknown processor';
  const machine = `${cpus().length} cores of ${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;
  const command = [`npm run ${script} --`, ...args].join(' ');
  const when = new Date().toISOString().slice(0, 10);
  writeFileSync(path, `${before}${begin}\n\n\`${command}\` on ${when}: ${machine}.\n\n${measured}\n\n${end}${after}`);
}
