/** From the command line to an exit code: finds the command, loads the options, runs it. */
import { load, type Environment } from '../../src/config/load.ts';
import { nearest } from '../../src/config/nearest.ts';
import { EX_USAGE, type Command, type Context } from './command.ts';
import { helpOf, overview } from './help.ts';
import { explain } from './startup-error.ts';
import { versionLine } from './version.ts';

/** Everything outside the program, passed in. */
export interface World extends Pick<Context, 'signal' | 'print' | 'complain'> {
  readonly environment: Environment;
  /** Returns the file's text; throws if it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** Resolves to the exit code and never rejects: 0 success, 64 wrong usage, 1 failure. */
export async function dispatch(argv: readonly string[], commands: readonly Command[], world: World): Promise<number> {
  const [name, ...rest] = argv;
  const asked = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const command = commands.find((row) => row.name === (name === 'help' ? rest[0] : name));
  if (name === undefined || unknown(name, rest, command)) return misused(name === 'help' ? rest[0] : name, commands, world);
  if (asked.includes('--version')) return printed(versionLine(), world);
  if (name === 'help' || asked.includes('--help') || asked.includes('-h')) {
    return printed(command === undefined ? overview(commands) : helpOf(command), world);
  }
  return command === undefined ? misused(name, commands, world) : runCommand(command, rest, world);
}

function unknown(name: string, rest: readonly string[], command: Command | undefined): boolean {
  if (command !== undefined || ['--help', '-h', '--version'].includes(name)) return false;
  return name !== 'help' || (rest[0] !== undefined && !rest[0].startsWith('-'));
}

function printed(text: string, world: World): number {
  world.print(text);
  return 0;
}

function misused(name: string | undefined, commands: readonly Command[], { complain }: World): number {
  const names = commands.map((command) => command.name);
  const near = name === undefined ? undefined : nearest(name, names);
  const problem =
    name === undefined ? 'give a command' : name.startsWith('-') ? `give a command before ${name}` : `there is no command "${name}"`;
  complain(`kubezone: ${problem}; ${near === undefined ? `there are ${[...names, 'help'].join(', ')}` : `did you mean ${near}?`}`);
  return EX_USAGE;
}

async function runCommand(command: Command, argv: readonly string[], world: World): Promise<number> {
  const { environment, readFile, signal, print, complain } = world;
  const check = await command.check?.();
  const loadAgain: Context['loadAgain'] = () => load(argv, environment, readFile, check);
  const loaded = loadAgain();
  if ('errors' in loaded) {
    for (const error of loaded.errors) complain(`kubezone: ${error.message}`);
    return EX_USAGE;
  }
  const { options, positionals } = loaded;
  const [least, greatest] = command.count;
  if (positionals.length < least || positionals.length > greatest) {
    const takes = command.takes === '' ? 'takes only options' : `takes ${command.takes}`;
    complain(
      `kubezone: ${command.name} ${takes}; it was given ${positionals.length === 0 ? 'nothing' : positionals.map((text) => `"${text}"`).join(' ')}`,
    );
    return EX_USAGE;
  }
  try {
    const run = await command.load();
    return await run(options, { signal, positionals, print, complain, loadAgain });
  } catch (error) {
    if (signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError')) return 0;
    const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    for (const one of all) complain(`kubezone: ${explain(one, options)}`);
    return 1;
  }
}
