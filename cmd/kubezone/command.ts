/** The type of a subcommand, which is a row of commands.ts, and the context it runs in. */
import type { Check } from '../../src/config/check.ts';
import type { Loaded } from '../../src/config/load.ts';
import type { Options } from '../../src/config/options.ts';

export interface Context {
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Arguments on the command line other than flags. */
  readonly positionals: readonly string[];
  /** Writes text to standard output, as it is. */
  readonly print: (text: string) => void;
  /** Writes a line to standard error. */
  readonly complain: (line: string) => void;
  /** Loads the options again: the same flags and environment, the config file's current text. For hot reload. */
  readonly loadAgain: () => Loaded;
}

/** Resolves to the exit code. A rejection is explained by startup-error.ts; one caused by the signal is a clean exit. */
export type Run = (options: Options, context: Context) => Promise<number>;

export interface Command {
  readonly name: string;
  /** One sentence. */
  readonly does: string;
  /** Arguments other than flags, as help shows them: `NAME [TYPE]`; '' for none. */
  readonly takes: string;
  /** Least and greatest number of those arguments. */
  readonly count: readonly [number, number];
  /** What it reads, for help: titles of option groups, or single options such as `--admin`; all options are accepted. */
  readonly reads: readonly string[];
  /** Imports the check of option values beyond their types, so that all errors are reported together; also used when options are reloaded. */
  readonly check?: () => Promise<Check>;
  /** Imports the command's file only when it is run, so that no command pays for another. */
  readonly load: () => Promise<Run>;
}

/** sysexits(3): the command was used wrongly. */
export const EX_USAGE = 64;
