/** Makes an option's value of what was written for it, and of its default. */
import { readName } from './network-text.ts';
import type { Option } from './option.ts';
import { readSingle } from './option-types.ts';
import { itemError, type Item, type OptionError } from './written.ts';

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

export interface ReadItems {
  readonly value: unknown;
  /** The items that the values were read from, in their order. */
  readonly right: readonly Item[];
  readonly errors: readonly OptionError[];
}

/** Every item is checked; of a single option the last one counts. */
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
