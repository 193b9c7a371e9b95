/** One manifest file's text → Kubernetes objects: YAML or JSON, several documents, Lists; each with the line it begins at. */
import { isUtf8 } from 'node:buffer';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import type { Fields } from './fields.ts';

export interface ManifestObject {
  readonly object: Fields;
  /** Of its document, from 1. */
  readonly line: number;
}

export interface Manifest {
  readonly objects: readonly ManifestObject[];
  /** What could not be read, each with its line (`12: …`); one document's fault is not the others'. */
  readonly problems: readonly string[];
}

/** As `parseManifest`, of a file's octets. */
export function readManifest(octets: Buffer): Manifest {
  if (isUtf8(octets)) return parseManifest(octets.toString('utf8').replace(/^\uFEFF/, ''));
  return { objects: [], problems: [`${lineOfOtherEncoding(octets)}: is not UTF-8; save the file in that encoding`] };
}

export function parseManifest(text: string): Manifest {
  const manifest = { objects: [] as ManifestObject[], problems: [] as string[] };
  const json = /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
  if (json === undefined) parseYaml(text, manifest);
  else addObjects(json, 1, manifest);
  return manifest;
}

/** JSON of a large cluster takes a tenth of the time that YAML does; undefined when it is not JSON, and YAML's parser then says where. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Writable {
  readonly objects: ManifestObject[];
  readonly problems: string[];
}

function parseYaml(text: string, manifest: Writable): void {
  const lines = new LineCounter();
  // Merge keys are of YAML 1.1, and kubectl knows them.
  for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent', merge: true })) {
    const [error] = document.errors;
    const line = error === undefined ? lineOf(document, lines) : lines.linePos(error.pos[0]).line;
    try {
      if (error !== undefined) throw error;
      addObjects(document.toJS(), line, manifest);
    } catch (failure) {
      // An alias without its anchor, or aliases that explode, are found out by toJS.
      manifest.problems.push(`${line}: ${(failure as Error).message}`);
    }
  }
}

function lineOf(document: Document.Parsed, lines: LineCounter): number {
  return lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
}

/** A List's items, each of the kind the list's name says where they don't say it themselves (ServiceList). An empty document is none. */
function addObjects(value: unknown, line: number, manifest: Writable): void {
  if (value === null) return;
  if (Array.isArray(value)) {
    for (const one of value) addObjects(one, line, manifest);
    return;
  }
  if (typeof value !== 'object') {
    manifest.problems.push(
      `${line}: ${JSON.stringify(value).slice(0, 80)} is no Kubernetes object, which is a mapping with apiVersion and kind`,
    );
    return;
  }
  const object = value as Fields;
  if (typeof object.kind !== 'string' || !object.kind.endsWith('List') || !Array.isArray(object.items)) {
    manifest.objects.push({ object, line });
    return;
  }
  const kind = object.kind.slice(0, -'List'.length);
  const defaults = kind === '' ? {} : { kind, apiVersion: object.apiVersion };
  for (const item of object.items as unknown[]) addObjects(isMapping(item) ? { ...defaults, ...item } : item, line, manifest);
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** No octet of another character's is a line feed in UTF-8, so that lines can be judged one by one. */
function lineOfOtherEncoding(octets: Buffer): number {
  for (let line = 1, start = 0; ; line++) {
    const end = octets.indexOf('\n', start);
    if (end === -1 || !isUtf8(octets.subarray(start, end))) return line;
    start = end + 1;
  }
}
