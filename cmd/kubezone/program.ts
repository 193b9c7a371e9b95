/** The program's main thread: runs a subcommand until it ends or a signal asks it to. */
import { readFileSync } from 'node:fs';
import { commands } from './commands.ts';
import { dispatch } from './dispatch.ts';

export async function runProgram(signal: AbortSignal): Promise<void> {
  // `kubezone zone | head` ends quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

  process.exitCode = await dispatch(process.argv.slice(2), commands, {
    signal,
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    print: (text) => process.stdout.write(text),
    complain: (line) => process.stderr.write(`${line}\n`),
  });
}
