/** Texts given for options, before they are parsed into values: the common form of flags, environment and file. */
import type { Option } from './option.ts';

/** One text for an option, and where it was given: `flag --ttl`, `environment variable KUBEZONE_TTL`, `kubezone.yaml:3`. */
export interface Item {
  /** The key of a map's entry. */
  readonly key?: string;
  readonly text: string;
  readonly where: string;
}

/** An error in an option; `message` is a complete sentence that names the place, the option, the value, and what would be valid. */
export interface OptionError {
  readonly option: string;
  readonly where: string;
  /** Undefined when there is no value, or the error is not about it. */
  readonly value: string | undefined;
  readonly message: string;
}

/** Items by option name; an option with no items was given as an empty list. */
export interface Written {
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly errors: readonly OptionError[];
}

export function optionError(option: string, where: string, value: string | undefined, problem: string): OptionError {
  return { option, where, value, message: `${where}: ${problem}` };
}

/** Returns the error of one item. `problem` begins with the value; the option's name precedes it, unless the place already ends with that name. */
export function itemError(option: string, { where }: Item, value: string, problem: string): OptionError {
  return optionError(option, where, value, `${where.endsWith(option) ? '' : `${option} `}${problem}`);
}

/** Splits a text that may hold several values: of a list, joined by its separator; of a map, written as `name=value,value`. */
export function splitItems(option: Option, text: string, where: string): Item[] {
  const values = (all: string): string[] => all.split(option.separator ?? ',').map((value) => value.trim());
  if (option.many === undefined) return [{ text, where }];
  if (option.many === 'list') return values(text).map((value) => ({ text: value, where }));
  const equals = text.indexOf('=');
  const key = text.slice(0, Math.max(equals, 0)).trim();
  return values(text.slice(equals + 1)).map((value) => ({ key, text: value, where }));
}
