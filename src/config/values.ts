/** Builds an option's value from the texts given for it, or from its default. */
import { readName } from './network-text.ts';
import type { Option } from './option.ts';
import { readSingle } from './option-types.ts';
import { itemError, type Item, type OptionError } from './written.ts';

/** Returns the value of an option that is not given; the default passes the same checks as a given value. */
export function defaultOf(option: Option): unknown {
  if (option.default === undefined) return undefined;
  return readItems(option, defaultItems(option)).value;
}

/** Returns the default as the items of a source. */
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

export interface ReadItems {
  readonly value: unknown;
  /** The valid items, in order: one for each value that was read. */
  readonly right: readonly Item[];
  readonly errors: readonly OptionError[];
}

/** Checks every item; for an option with a single value the last one counts. */
export function readItems(option: Option, items: readonly Item[]): ReadItems {
  const errors: OptionError[] = [];
  const values: unknown[] = [];
  const right: Item[] = [];
  const map = new Map<string, unknown[]>();
  for (const item of items) {
    const key = option.many === 'map' ? readName(item.key ?? '') : '';
    const read = readSingle(option, item.text);
    if (key === undefined) errors.push(refused(option, item, item.key ?? '', 'a domain name before "="'));
    if ('wrong' in read) errors.push(refused(option, item, item.text, read.wrong));
    else if (key !== undefined) {
      values.push(read.value);
      right.push(item);
      map.set(key, [...(map.get(key) ?? []), read.value]);
    }
  }
  if (option.many === undefined) return { value: values.at(-1), right, errors };
  if (option.many === 'list') return { value: Object.freeze(values), right, errors };
  return { value: Object.freeze(Object.fromEntries([...map].map(([key, all]) => [key, Object.freeze(all)]))), right, errors };
}

function refused(option: Option, item: Item, value: string, right: string): OptionError {
  return itemError(option.name, item, value, `${JSON.stringify(value)} is not ${right}`);
}
