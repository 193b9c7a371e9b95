/** The table of subcommands. A new command is a new row, and a file in this folder that exports `run(options, context)`. */
import type { Command } from './command.ts';

/** Option groups that serving needs: all but those of single commands. */
const server = ['Start', 'Source', 'Server', 'Forwarding', 'Cache', 'Security', 'Telemetry'];

export const commands: readonly Command[] = [
  {
    name: 'serve',
    does: 'Answers for the cluster, and forwards and caches every other name.',
    takes: '',
    count: [0, 0],
    reads: server,
    check: async () => (await import('./option-problems.ts')).optionProblems,
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'zone',
    does: 'Prints the zones as master files, or the one named.',
    takes: '[ZONE]',
    count: [0, 1],
    reads: ['Start', 'Source'],
    load: async () => (await import('./zone.ts')).run,
  },
  {
    name: 'top',
    does: 'Shows the N (default 10) busiest clients and names of a running server.',
    takes: '[N]',
    count: [0, 1],
    reads: ['Start', '--admin', '--json'],
    load: async () => (await import('./top.ts')).run,
  },
  {
    name: 'explain',
    does: 'Explains why a name has the answer it has.',
    takes: 'NAME [TYPE]',
    count: [1, 2],
    reads: ['Start', 'Source', '--admin', '--json'],
    load: async () => (await import('./explain.ts')).run,
  },
  {
    name: 'compare',
    does: 'Sends the same queries to two nameservers and shows where their answers differ.',
    takes: '[ZONE]',
    count: [0, 1],
    reads: ['Start', 'Source', 'Commands'],
    load: async () => (await import('./compare.ts')).run,
  },
  {
    name: 'version',
    does: 'Prints the version.',
    takes: '',
    count: [0, 0],
    reads: [],
    load: async () => (await import('./version.ts')).run,
  },
];
