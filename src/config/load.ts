/** Loads the options. A flag overrides the environment, which overrides the file named by `--config`, which overrides the default. */
import type { Check } from './check.ts';
import { readEnvironment, type Environment } from './environment.ts';
import { readFileText } from './file.ts';
import { readFlags } from './flags.ts';
import { camelCase } from './option.ts';
import { options as everyOption, type Options } from './options.ts';
import { brokenRelations } from './relations.ts';
import { defaultOf, readItems, type ReadItems } from './values.ts';
import { itemError, optionError, type Item, type OptionError, type Written } from './written.ts';

export type { Environment } from './environment.ts';
export type { OptionError } from './written.ts';

export type Loaded = { readonly options: Options; readonly positionals: readonly string[] } | { readonly errors: readonly OptionError[] };

/**
 * Reports all errors at once: those of flags, of the environment and of the file, then those that depend on several options, then those of `check`.
 * Call it again to reload a changed file. `readFile` returns the text of the file or throws.
 */
export function load(
  argv: readonly string[],
  environment: Environment,
  readFile: (path: string) => string,
  check: Check = () => [],
): Loaded {
  const flags = readFlags(argv, everyOption);
  const variables = readEnvironment(environment, everyOption);
  const named = (flags.items.get('config') ?? variables.items.get('config'))?.at(-1);
  const file = named === undefined ? nothing : readConfig(named, readFile);
  const sources = [flags, variables, file].map(readSource);
  const readOf = (name: string): ReadItems | undefined => sources.find(({ read }) => read.has(name))?.read.get(name);
  const values = everyOption.map((option): [string, unknown] => {
    const read = readOf(option.name);
    return [camelCase(option.name), read === undefined ? defaultOf(option) : read.value];
  });
  const options = Object.freeze(Object.fromEntries(values)) as unknown as Options;
  const wrong = sources.flatMap((source) => source.errors);
  const unknown = new Set(wrong.map((error) => error.option));
  // A file that cannot be read or parsed may set any option that no other source sets.
  if (unknown.has('config')) for (const { name } of everyOption) if (readOf(name) === undefined) unknown.add(name);
  const found = check(options, unknown).map(({ option, index, problem }) => {
    const item = readOf(option)?.right.at(index ?? -1) ?? { where: 'the table of options', text: '' };
    return itemError(option, item, item.text, problem);
  });
  const errors = [...wrong, ...brokenRelations(options, unknown), ...found];
  return errors.length > 0 ? { errors } : { options, positionals: flags.positionals };
}

interface Source {
  readonly read: ReadonlyMap<string, ReadItems>;
  readonly errors: readonly OptionError[];
}

/** Reads every value, including those that another source overrides: an invalid one would surface only later, when the override is removed. */
function readSource({ items, errors }: Written): Source {
  const read = new Map(
    everyOption.filter(({ name }) => items.has(name)).map((option) => [option.name, readItems(option, items.get(option.name)!)]),
  );
  return { read, errors: [...errors, ...[...read.values()].flatMap((result) => result.errors)] };
}

const nothing: Written = { items: new Map(), errors: [] };

function readConfig(named: Item, readFile: (path: string) => string): Written {
  try {
    return readFileText(named.text, readFile(named.text), everyOption);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { ...nothing, errors: [optionError('config', named.where, named.text, `cannot read ${JSON.stringify(named.text)}: ${cause}`)] };
  }
}
