/** Reads an API server's OpenAPI document from standard input and prints the definitions of the chart's kinds, one per line. */
import { text } from 'node:stream/consumers';
import { kinds } from './kinds.ts';
import { kindOf, type Definition } from './definition.ts';

const { definitions } = JSON.parse(await text(process.stdin)) as { definitions: Record<string, Definition> };
const kept = new Map<string, Definition>();
const pending = Object.entries(definitions)
  .filter(([, definition]) => kinds.includes(kindOf(definition) ?? ''))
  .map(([name]) => name);
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  if (kept.has(name)) continue;
  const definition = bare(definitions[name]!) as Definition;
  kept.set(name, definition);
  for (const [, next] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) pending.push(next!);
}
const lines = [...kept]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, definition]) => `${JSON.stringify(name)}:${JSON.stringify(definition)}`);
process.stdout.write(`{\n${lines.join(',\n')}\n}\n`);

/** Removes descriptions and the extensions for patching; `description` may also be the name of a property, which is kept. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const unneeded = (key: string, of: unknown): boolean =>
    (key === 'description' && typeof of === 'string') || /^x-kubernetes-(?!group)/.test(key);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, of]) => !unneeded(key, of))
      .map(([key, of]) => [key, bare(of)]),
  );
}
