/** What a subcommand is: a row of commands.ts, and what it is run with. */
import type { Check } from '../../src/config/check.ts';
import type { Loaded } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';

export interface Context {
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** What stood on the command line besides flags. */
  readonly positionals: readonly string[];
  /** Writes a text to standard output, as it is. */
  readonly print: (text: string) => void;
  /** Writes a line to standard error. */
  readonly complain: (line: string) => void;
  /** Reads the options again: the same flags and environment, the config file's new text. For hot reload. */
  readonly loadAgain: () => Loaded;
}

/** Resolves to the exit code. A rejection is explained by startup-error.ts; one for the signal's sake is a clean end. */
export type Run = (options: Options, context: Context) => Promise<number>;

export interface Command {
  readonly name: string;
  /** One sentence. */
  readonly does: string;
  /** Arguments besides flags, as help shows them: `NAME [TYPE]`; '' for none. */
  readonly takes: string;
  /** Least and greatest number of those. */
  readonly count: readonly [number, number];
  /** Titles of the option groups that it reads, in help; all are accepted. */
  readonly groups: readonly string[];
  /** Imports what judges the options it reads beyond their types, to be told with all that is wrong; also when they are read again. */
  readonly check?: () => Promise<Check>;
  /** Imports the command's file only when it is run, so that no command pays for another. */
  readonly load: () => Promise<Run>;
}

/** sysexits(3): the command was used wrongly. */
export const EX_USAGE = 64;
