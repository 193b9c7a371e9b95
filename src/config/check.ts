/** What a command asks of the options' values beyond their types: rules that compile, files that are there. */
import type { Options } from './options.ts';

/** Everything that is wrong at once. What hangs on an option in `unknown` is not to be judged: a default, or the right part of a list, stands in for it. */
export type Check = (options: Options, unknown: ReadonlySet<string>) => readonly Problem[];

export interface Problem {
  readonly option: string;
  /** Which value of a list it is; without it, the option's one. */
  readonly index?: number;
  /** Begins with the value, and says what would be right. */
  readonly problem: string;
}
