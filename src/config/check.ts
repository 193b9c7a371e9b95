/** What a command requires of the options' values beyond their types: that rules compile, that files exist. */
import type { Options } from './options.ts';

/**
 * Returns all problems at once. An option in `unknown` could not be read: its value is a default, or the valid part of a list, so nothing that
 * depends on it may be judged.
 */
export type Check = (options: Options, unknown: ReadonlySet<string>) => readonly Problem[];

export interface Problem {
  readonly option: string;
  /** Index of the value in a list option; undefined for the only value, or the last. */
  readonly index?: number;
  /** Begins with the value and says what would be valid. */
  readonly problem: string;
}
