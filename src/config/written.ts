/** What was written for options, before it is read as values: the common form of flags, environment and file. */
import type { Option } from './option.ts';

/** One text for an option and where it stands: `flag --ttl`, `environment variable KUBEZONE_TTL`, `kubezone.yaml:3`. */
export interface Item {
  /** Of a map's entry. */
  readonly key?: string;
  readonly text: string;
  readonly where: string;
}

/** Something wrong with what was written; `message` is a whole sentence that names the place, the option, the value and what would be right. */
export interface OptionError {
  readonly option: string;
  readonly where: string;
  /** Undefined where there is none. */
  readonly value: string | undefined;
  readonly message: string;
}

/** Items by option name: an option that is there with no items was given as an empty list. */
export interface Written {
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly errors: readonly OptionError[];
}

export function optionError(option: string, where: string, value: string | undefined, problem: string): OptionError {
  return { option, where, value, message: `${where}: ${problem}` };
}

/** Of one item: names the option where its place does not, in front of `problem`, which begins with the value. */
export function itemError(option: string, { where }: Item, value: string, problem: string): OptionError {
  return optionError(option, where, value, `${where.endsWith(option) ? '' : `${option} `}${problem}`);
}

/** Items of one text that may hold several values: a list's by its separator, a map's as `name=value,value`. */
export function splitItems(option: Option, text: string, where: string): Item[] {
  const values = (all: string): string[] => all.split(option.separator ?? ',').map((value) => value.trim());
  if (option.many === undefined) return [{ text, where }];
  if (option.many === 'list') return values(text).map((value) => ({ text: value, where }));
  const equals = text.indexOf('=');
  const key = text.slice(0, Math.max(equals, 0)).trim();
  return values(text.slice(equals + 1)).map((value) => ({ key, text: value, where }));
}
