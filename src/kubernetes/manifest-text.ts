/** One manifest file's text → Kubernetes objects: YAML or JSON, several documents, Lists; each with the line it begins at. */
import { isUtf8 } from 'node:buffer';
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { Fields } from './fields.ts';

export interface ManifestObject {
  readonly object: Fields;
  /** Where its document begins, from 1. */
  readonly line: number;
}

export interface Manifest {
  readonly objects: readonly ManifestObject[];
  /** What could not be read, each with its line (`12: …`); an error in one document does not affect the others. */
  readonly problems: readonly string[];
}

/** Like `parseManifest`, from a file's octets. */
export function readManifest(octets: Buffer): Manifest {
  if (isUtf8(octets)) return parseManifest(octets.toString('utf8').replace(/^\uFEFF/, ''));
  return { objects: [], problems: [`${lineOfOtherEncoding(octets)}: is not UTF-8; save the file in that encoding`] };
}

export function parseManifest(text: string): Manifest {
  const manifest = { objects: [] as ManifestObject[], problems: [] as string[] };
  try {
    const json = /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
    if (json === undefined) parseYaml(text, manifest);
    else addObjects(json, 1, manifest);
  } catch (error) {
    // Lists in lists, some thousands deep, exceed the stack.
    manifest.problems.push(`1: cannot be read: ${(error as Error).message}`);
  }
  return manifest;
}

/** A large cluster's JSON takes a tenth of the time that YAML does. Returns undefined when it is not JSON; YAML's parser then says where. */
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
  // Merge keys are YAML 1.1, and kubectl supports them.
  for (const document of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent', merge: true })) {
    const [error] = document.errors;
    const line = error === undefined ? lineOf(document, lines) : lines.linePos(error.pos[0]).line;
    try {
      if (error !== undefined) throw error;
      addObjects(document.toJS(), line, manifest);
    } catch (failure) {
      // toJS throws on an alias without its anchor, and on aliases that expand too far.
      manifest.problems.push(`${line}: ${(failure as Error).message}`);
    }
  }
}

function lineOf(document: Document.Parsed, lines: LineCounter): number {
  return lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
}

/** Adds a List's items, which have the kind in the list's name where they give none (ServiceList). An empty document adds nothing. */
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

/** In UTF-8 no octet of another character is a line feed, so lines can be checked one by one. */
function lineOfOtherEncoding(octets: Buffer): number {
  for (let line = 1, start = 0; ; line++) {
    const end = octets.indexOf('\n', start);
    if (end === -1 || !isUtf8(octets.subarray(start, end))) return line;
    start = end + 1;
  }
}
