/** Reads the options: a flag wins over the environment, that over the file named by `--config`, that over the default. */
import { readEnvironment, type Environment } from './environment.ts';
import { readFileText } from './file.ts';
import { readFlags } from './flags.ts';
import { camelCase } from './option.ts';
import { options as everyOption, type Options } from './options.ts';
import { brokenRelations } from './relations.ts';
import { defaultOf, readItems } from './values.ts';
import { optionError, type Item, type OptionError, type Written } from './written.ts';

export type { Environment } from './environment.ts';
export type { OptionError } from './written.ts';

export type Loaded = { readonly options: Options; readonly positionals: readonly string[] } | { readonly errors: readonly OptionError[] };

/**
 * All errors at once, in the order flags, environment, file. Pure: to load again when the file has changed, call it again.
 * `readFile` returns the text of the file or throws.
 */
export function load(argv: readonly string[], environment: Environment, readFile: (path: string) => string): Loaded {
  const flags = readFlags(argv, everyOption);
  const variables = readEnvironment(environment, everyOption);
  const named = (flags.items.get('config') ?? variables.items.get('config'))?.at(-1);
  const file = named === undefined ? nothing : readConfig(named, readFile);
  const sources = [flags, variables, file].map(readSource);
  const values = everyOption.map((option): [string, unknown] => {
    const source = sources.find(({ values }) => values.has(option.name));
    return [camelCase(option.name), source === undefined ? defaultOf(option) : source.values.get(option.name)];
  });
  const options = Object.freeze(Object.fromEntries(values)) as unknown as Options;
  const wrong = sources.flatMap((source) => source.errors);
  const errors = [...wrong, ...brokenRelations(options, new Set(wrong.map((error) => error.option)))];
  return errors.length > 0 ? { errors } : { options, positionals: flags.positionals };
}

interface Source {
  readonly values: ReadonlyMap<string, unknown>;
  readonly errors: readonly OptionError[];
}

/** A value that another source wins over is refused too when it is wrong: it would surprise later. */
function readSource({ items, errors }: Written): Source {
  const read = everyOption
    .filter((option) => items.has(option.name))
    .map((option) => ({ name: option.name, ...readItems(option, items.get(option.name) ?? []) }));
  return { values: new Map(read.map(({ name, value }) => [name, value])), errors: [...errors, ...read.flatMap((result) => result.errors)] };
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
