/**
 * Parses YAML in a time that grows with its length: the package compares each key with all keys before it and searches the whole document for each
 * alias, and a file with 10,000 zones held up the program for many seconds.
 */
import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type Alias, type Node, type YAMLMap } from 'yaml';

export interface YamlText {
  readonly root: Node | null;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  /** The line of an offset in the text, from 1. */
  lineAt(offset: number): number;
  /** Returns what an alias stands for, null if nothing; other nodes are returned as they are. */
  resolved(node: Node | null): Node | null;
}

export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const errors = document.errors.map(({ pos, message }) => ({ line: lineAt(pos[0]), message }));
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        // The anchor that stands last before the alias (YAML 1.2 section 7.1).
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) {
        for (const { key, offset } of repeatedKeys(node))
          errors.push({ line: lineAt(offset), message: `${JSON.stringify(key)} stands twice` });
      }
    },
  });
  return {
    root: document.contents,
    errors,
    lineAt,
    resolved: (node) => (isAlias(node) ? (targets.get(node) ?? null) : node),
  };
}

/** Keys of a mapping are unique (YAML 1.2 section 3.2.1.1). */
function* repeatedKeys(map: YAMLMap): Iterable<{ key: unknown; offset: number }> {
  const keys = new Set<unknown>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (keys.has(key.value)) yield { key: key.value, offset: key.range?.[0] ?? 0 };
    keys.add(key.value);
  }
}
