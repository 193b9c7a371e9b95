/** Checks objects like an API server with strict field validation: unknown and missing fields, and values of the wrong type or outside an enum. */
import { readFileSync } from 'node:fs';
import { customResources } from './custom-resources.ts';
import { kindOf, type Definition } from './definition.ts';

const recorded = JSON.parse(readFileSync(new URL('recorded/openapi.json', import.meta.url), 'utf8')) as Record<string, Definition>;
const byKind = new Map([
  ...Object.values(recorded).flatMap((definition): [string, Definition][] => {
    const kind = kindOf(definition);
    return kind === undefined ? [] : [[kind, definition]];
  }),
  ...Object.entries(customResources),
]);

/** Returns the problems of an object, each with its path. */
export function problemsOf(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): string[] {
  const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
  const definition = byKind.get(kind);
  return definition === undefined ? [`there is no ${kind}`] : check(object, definition, kind);
}

function check(value: unknown, definition: Definition, path: string): string[] {
  if (definition.$ref !== undefined) return check(value, recorded[definition.$ref.replace('#/definitions/', '')]!, path);
  if (definition.enum?.includes(value) === false)
    return [`${path} is ${JSON.stringify(value)} and not one of ${definition.enum.join(', ')}`];
  switch (definition.type) {
    case 'object':
      return isRecord(value) ? checkFields(value, definition, path) : [`${path} is no object: ${JSON.stringify(value)}`];
    case 'array':
      if (!Array.isArray(value)) return [`${path} is no list: ${JSON.stringify(value)}`];
      return value.flatMap((item, index) => check(item, definition.items!, `${path}[${index}]`));
    case undefined:
      return [];
    default:
      return isScalar(value, definition) ? [] : [`${path} is no ${definition.format ?? definition.type}: ${JSON.stringify(value)}`];
  }
}

function checkFields(
  value: Readonly<Record<string, unknown>>,
  { properties, additionalProperties, required = [] }: Definition,
  path: string,
): string[] {
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${path}.${name} is missing`);
  // An object type without declared properties accepts any field.
  if (properties === undefined && additionalProperties === undefined) return missing;
  const wrong = Object.entries(value).flatMap(([name, of]) => {
    const definition = properties?.[name] ?? additionalProperties;
    return definition === undefined ? [`${path} has no field ${name}`] : check(of, definition, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

/** Accepts integers for int-or-string, the format of fields such as target ports. */
function isScalar(value: unknown, { type, format }: Definition): boolean {
  if (format === 'int-or-string') return typeof value === 'string' || Number.isInteger(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
