/** Options written as flags: `--name value`, `--name=value`, `--name` and `--no-name` for booleans. */
import { parseArgs } from 'node:util';
import { nearest } from './nearest.ts';
import type { Option } from './option.ts';
import { rightValues } from './option-types.ts';
import { optionError, splitItems, type Item, type OptionError, type Written } from './written.ts';

export interface WrittenFlags extends Written {
  /** What is no flag, in order; behind `--` everything. */
  readonly positionals: readonly string[];
}

export function readFlags(argv: readonly string[], table: readonly Option[]): WrittenFlags {
  const items = new Map<string, Item[]>();
  const errors: OptionError[] = [];
  const positionals: string[] = [];
  const byName = new Map(table.map((option) => [option.name, option]));
  for (const token of tokensOf(argv, table)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = token.rawName;
    const where = `flag ${flag}`;
    const negated = token.name.startsWith('no-') ? byName.get(token.name.slice(3)) : undefined;
    const negative = negated?.type === 'boolean';
    const option = negative ? negated : flag.startsWith('--') ? byName.get(token.name) : undefined;
    if (option === undefined) errors.push(unknownFlag(flag, token.value, table));
    else if (negative && token.value !== undefined)
      errors.push(optionError(option.name, where, token.value, `takes no value; write ${flag} or --${option.name}=${token.value}`));
    else if (option.type !== 'boolean' && (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))))
      errors.push(optionError(option.name, where, undefined, `has no value; give ${rightValues(option)}`));
    else {
      const text = token.value ?? String(!negative);
      items.set(option.name, [...(items.get(option.name) ?? []), ...splitItems(option, text, where)]);
    }
  }
  return { items, errors, positionals };
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/** Not strict, so that parsing goes on behind an error and all of them are found. */
function tokensOf(argv: readonly string[], table: readonly Option[]): Token[] {
  const options = Object.fromEntries(
    table.map(({ name, type }) => [name, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), multiple: true }]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function unknownFlag(flag: string, value: string | undefined, table: readonly Option[]): OptionError {
  const near = nearest(
    flag.replace(/^-+/, ''),
    table.map((option) => option.name),
  );
  return optionError(
    flag,
    `flag ${flag}`,
    value,
    `there is no such option; ${near === undefined ? '--help lists them' : `did you mean --${near}?`}`,
  );
}
