/** Reads options from the YAML file named by `--config`: a mapping from option names to values, with lists and maps in YAML syntax. */
import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import { nearest } from './nearest.ts';
import type { Option } from './option.ts';
import { rightValues } from './option-types.ts';
import { optionError, splitItems, type Item, type OptionError, type Written } from './written.ts';
import { parseYaml, type YamlText } from './yaml-text.ts';

/** Reads `text`, the content of the file; `path` is used in messages only. */
export function readFileText(path: string, text: string, table: readonly Option[]): Written {
  const yaml = parseYaml(text);
  const at = (offset: number): string => `${path}:${yaml.lineAt(offset)}`;
  const syntax = yaml.errors.map(({ line, message }) =>
    optionError('config', `${path}:${line}`, undefined, `is not valid YAML: ${message}`),
  );
  if (syntax.length > 0) return { items: new Map(), errors: syntax };

  const items = new Map<string, readonly Item[]>();
  const errors: OptionError[] = [];
  const { root } = yaml;
  if (root === null || (isScalar(root) && root.value === null)) return { items, errors };
  if (!isMap(root))
    return { items, errors: [optionError('config', at(0), undefined, 'must be a mapping of option names to values, such as "ttl: 30"')] };
  const byName = new Map(table.map((option) => [option.name, option]));
  for (const pair of root.items) {
    const key = textOf(pair.key) ?? '';
    const where = at(startOf(pair.key));
    const option = byName.get(key);
    if (option === undefined) errors.push(unknownKey(key, where, table));
    else if (option.notInFile === true)
      errors.push(optionError(key, where, undefined, `${key} has no place in the file; give it as --${key} where a command takes it`));
    else {
      const found = itemsOf(
        option,
        yaml.resolved(pair.value as Node | null),
        (node) => (startOf(node) < 0 ? where : at(startOf(node))),
        yaml,
      );
      if (found === undefined) errors.push(optionError(key, where, undefined, `${key} ${shapeProblem(option)}`));
      else items.set(key, found);
    }
  }
  return { items, errors };
}

/** Returns undefined when the node's shape (scalar, sequence or mapping) does not fit the option. */
function itemsOf(option: Option, node: Node | null, at: (node: Node | null) => string, yaml: YamlText): Item[] | undefined {
  if (option.many === 'map') return isMap(node) ? entriesOf(option, node, at, yaml) : undefined;
  if (option.many === 'list' && isSeq(node)) return sequenceOf(node.items as Node[], at, yaml);
  const text = textOf(node) ?? wordOfNull(option, node);
  return text === undefined ? undefined : splitItems(option, text, at(node));
}

function entriesOf(option: Option, map: Node, at: (node: Node | null) => string, yaml: YamlText): Item[] | undefined {
  const all: Item[] = [];
  for (const pair of isMap(map) ? map.items : []) {
    const key = textOf(pair.key);
    const value = isPair(pair) ? yaml.resolved(pair.value as Node | null) : null;
    const found = itemsOf({ ...option, many: 'list' }, value, at, yaml);
    if (key === undefined || found === undefined) return undefined;
    // A key without values gets one empty text, so that it is refused like any other invalid value.
    const filled = found.length === 0 ? [{ text: '', where: at(pair.key as Node) }] : found;
    all.push(...filled.map((item) => ({ ...item, key })));
  }
  return all;
}

function sequenceOf(nodes: readonly Node[], at: (node: Node | null) => string, yaml: YamlText): Item[] | undefined {
  const all: Item[] = [];
  for (const node of nodes) {
    const text = textOf(yaml.resolved(node));
    if (text === undefined) return undefined;
    all.push({ text, where: at(node) });
  }
  return all;
}

/** Returns a scalar as it is written, so that `1.10` is not read as 1.1; undefined for null and everything else. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : node.source;
}

/** Returns `null` as a word, where that is one of the option's values. */
function wordOfNull({ values }: Option, node: unknown): string | undefined {
  return isScalar(node) && node.value === null ? values?.find((value) => value === node.source) : undefined;
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? -1;
}

function shapeProblem(option: Option): string {
  const one = rightValues(option);
  if (option.many === 'map') return `must be a mapping of names to lists, each value ${one}`;
  if (option.many === 'list') return `must be a list, each value ${one}`;
  return `must be one value: ${one}`;
}

function unknownKey(key: string, where: string, table: readonly Option[]): OptionError {
  const known = table.filter((option) => option.notInFile !== true).map((option) => option.name);
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const near = nearest(kebab, known);
  return optionError(
    key,
    where,
    undefined,
    `there is no option "${key}"; ${near === undefined ? '--help lists them' : `did you mean "${near}"?`}`,
  );
}
