/** Reads options from flags: `--name value` or `--name=value`, and `--name` or `--no-name` for booleans. */
import { nearest } from './nearest.ts';
import type { Option } from './option.ts';
import { rightValues } from './option-types.ts';
import { optionError, splitItems, type Item, type OptionError, type Written } from './written.ts';

export interface WrittenFlags extends Written {
  /** Arguments that are not flags, in order, and everything after `--`. */
  readonly positionals: readonly string[];
}

/** Continues after an error, so that all are reported. A following flag is never taken as the value of the one before it. */
export function readFlags(argv: readonly string[], table: readonly Option[]): WrittenFlags {
  const items = new Map<string, Item[]>();
  const errors: OptionError[] = [];
  const positionals: string[] = [];
  const byName = new Map(table.map((option) => [option.name, option]));
  const rest = [...argv];
  for (let text = rest.shift(); text !== undefined; text = rest.shift()) {
    if (text === '--') {
      positionals.push(...rest);
      break;
    }
    if (!/^-./.test(text)) {
      positionals.push(text);
      continue;
    }
    const [flag, inline] = splitFlag(text);
    const { option, negative } = flagOption(flag, byName);
    const problem = (value: string | undefined, what: string): unknown =>
      errors.push(optionError(option?.name ?? flag, `flag ${flag}`, value, what));
    if (option === undefined) problem(inline, unknownFlag(flag, table));
    else if (negative && inline !== undefined) problem(inline, `takes no value; write ${flag} or --${option.name}=${inline}`);
    else {
      const value = inline ?? (option.type === 'boolean' ? String(!negative) : nextValue(rest));
      if (value === undefined) problem(undefined, `has no value; give ${rightValues(option)}`);
      else items.set(option.name, [...(items.get(option.name) ?? []), ...splitItems(option, value, `flag ${flag}`)]);
    }
  }
  return { items, errors, positionals };
}

function splitFlag(text: string): [flag: string, inline: string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function flagOption(flag: string, byName: ReadonlyMap<string, Option>): { option: Option | undefined; negative: boolean } {
  const named = flag.startsWith('--no-') ? byName.get(flag.slice(5)) : undefined;
  if (named?.type === 'boolean') return { option: named, negative: true };
  return { option: flag.startsWith('--') ? byName.get(flag.slice(2)) : undefined, negative: false };
}

/** Takes the next argument, unless it begins with `--`; such a value must be written as `--name=--value`. */
function nextValue(rest: string[]): string | undefined {
  return rest[0]?.startsWith('--') === true ? undefined : rest.shift();
}

function unknownFlag(flag: string, table: readonly Option[]): string {
  const names = table.map((option) => option.name);
  const near = nearest(flag.replace(/^-+/, ''), names);
  return `there is no such option; ${near === undefined ? '--help lists them' : `did you mean --${near}?`}`;
}
