/** Reads the options: a flag wins over the environment, that over the file named by `--config`, that over the default. */
import { readEnvironment, type Environment } from './environment.ts';
import { readFileText } from './file.ts';
import { readFlags } from './flags.ts';
import { camelCase, type Option } from './option.ts';
import { readName } from './network-text.ts';
import { readSingle } from './option-types.ts';
import { options as everyOption, type Options } from './options.ts';
import { brokenRelations } from './relations.ts';
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
  const sources = [flags, variables, file];
  const errors = sources.flatMap((source) => source.errors);

  const values: Record<string, unknown> = {};
  for (const option of everyOption) {
    const givenIn = sources.filter((source) => source.items.has(option.name));
    const results = givenIn.map((source) => readItems(option, source.items.get(option.name) ?? []));
    // A value that loses to another source is refused too when it is wrong: it would surprise later.
    errors.push(...results.flatMap((result) => result.errors));
    values[camelCase(option.name)] = results.length > 0 ? results[0]?.value : defaultOf(option);
  }
  if (errors.length > 0) return { errors };
  const options = Object.freeze(values) as unknown as Options;
  const broken = brokenRelations(options);
  return broken.length > 0 ? { errors: broken } : { options, positionals: flags.positionals };
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

/** The value that the table gives when none is written; it passes the same checks. */
export function defaultOf(option: Option): unknown {
  if (option.default === undefined) return undefined;
  return readItems(option, defaultItems(option)).value;
}

/** The default as if it were written. */
export function defaultItems(option: Option): Item[] {
  const where = 'the table of options';
  const given = option.default;
  if (given === undefined) return [];
  if (typeof given !== 'object') return [{ text: String(given), where }];
  if (Array.isArray(given)) return given.map((value: unknown) => ({ text: String(value), where }));
  return Object.entries(given as Record<string, readonly unknown[]>).flatMap(([key, all]) =>
    all.map((value) => ({ key, text: String(value), where })),
  );
}

/** Every item is checked; of a single option the last one counts. */
export function readItems(option: Option, items: readonly Item[]): { readonly value: unknown; readonly errors: readonly OptionError[] } {
  const errors: OptionError[] = [];
  const values: unknown[] = [];
  const map = new Map<string, unknown[]>();
  for (const item of items) {
    const key = option.many === 'map' ? readName(item.key ?? '') : '';
    const read = readSingle(option, item.text);
    if (key === undefined) errors.push(refused(option, item, item.key ?? '', 'a domain name before "="'));
    if ('wrong' in read) errors.push(refused(option, item, item.text, read.wrong));
    else if (key !== undefined) {
      values.push(read.value);
      map.set(key, [...(map.get(key) ?? []), read.value]);
    }
  }
  if (option.many === undefined) return { value: values.at(-1), errors };
  if (option.many === 'list') return { value: Object.freeze(values), errors };
  return { value: Object.freeze(Object.fromEntries([...map].map(([key, all]) => [key, Object.freeze(all)]))), errors };
}

function refused(option: Option, item: Item, value: string, right: string): OptionError {
  const name = item.where.endsWith(option.name) ? '' : `${option.name} `;
  return optionError(option.name, item.where, value, `${name}${JSON.stringify(value)} is not ${right}`);
}
