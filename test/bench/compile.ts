/** Compiles the C programs in this folder. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from './contender.ts';

/** Compiles a program into `folder` and returns its path; undefined without a C compiler. */
export function compile(name: 'echo' | 'roundtrip', folder: string): string | undefined {
  const compiler = findProgram('cc') ?? findProgram('gcc');
  if (compiler === undefined) return undefined;
  const program = join(folder, name);
  execFileSync(compiler, ['-O2', '-pthread', '-o', program, join(import.meta.dirname, `${name}.c`)]);
  return program;
}
