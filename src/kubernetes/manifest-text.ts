/** One manifest file's text → Kubernetes objects: YAML or JSON, several documents, Lists; each with the line it begins at. */
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import type { Fields } from './fields.ts';

export interface ManifestObject {
  readonly object: Fields;
  /** Of its document, from 1. */
  readonly line: number;
}

/** The objects, or a message that names the line (`12: …`). */
export function parseManifest(text: string): readonly ManifestObject[] | string {
  return /^\s*[{[]/.test(text) ? (parseJson(text) ?? parseYaml(text)) : parseYaml(text);
}

/** JSON of a large cluster takes a tenth of the time that YAML does; undefined when it is not JSON, and YAML's parser then says where. */
function parseJson(text: string): readonly ManifestObject[] | undefined {
  try {
    return objectsOf(JSON.parse(text), 1);
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): readonly ManifestObject[] | string {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const objects: ManifestObject[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) return `${lines.linePos(error.pos[0]).line}: ${error.message}`;
    const line = lineOf(document, lines);
    try {
      objects.push(...objectsOf(document.toJS(), line));
    } catch (failure) {
      // An alias without its anchor, or aliases that explode.
      return `${line}: ${(failure as Error).message}`;
    }
  }
  return objects;
}

function lineOf(document: Document.Parsed, lines: LineCounter): number {
  return lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
}

/** A List's items, each of the kind the list's name says where they don't say it themselves (ServiceList). */
function objectsOf(value: unknown, line: number): ManifestObject[] {
  if (Array.isArray(value)) return value.flatMap((one) => objectsOf(one, line));
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Fields;
  if (typeof object.kind !== 'string' || !object.kind.endsWith('List') || !Array.isArray(object.items)) return [{ object, line }];
  const kind = object.kind.slice(0, -'List'.length);
  const defaults = kind === '' ? {} : { kind, apiVersion: object.apiVersion };
  return object.items.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null ? objectsOf({ ...defaults, ...item }, line) : [],
  );
}
