/**
 * Loads lists from files, or from folders such as a mounted ConfigMap, into the table of policies. It yields between chunks of a file, since a list
 * of millions of names takes seconds.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Action } from './action.ts';
import { readNameListLine } from './name-list.ts';
import type { PolicyData } from './policies.ts';
import { PolicyBuilder, type SkippedLine } from './policy-builder.ts';
import { RpzReader } from './rpz.ts';

/** The lists in order of precedence: response policy zones before blocklists, so that a passthru in a zone can exempt a blocklist's name. */
export interface PolicySources {
  readonly rpz: readonly string[];
  readonly blocklists: readonly string[];
  readonly blocklistAction: Action;
}

/** The file system, as far as loading needs it. */
export interface PolicyFiles {
  /** Returns the file at `path`, or those in the folder, each with a stamp that changes when the file does. Rejects with the system's error. */
  list(path: string): Promise<readonly { readonly path: string; readonly stamp: string }[]>;
  read(path: string): AsyncIterable<Uint8Array>;
}

export interface LoadedPolicies {
  readonly data: PolicyData;
  /** The first few invalid or unsupported lines of each list. */
  readonly skipped: readonly SkippedLine[];
  /** Lists without any rule whose file is empty or has skipped lines: it is just being written, or is not a list. */
  readonly spoilt: readonly string[];
}

/** Loads all lists into one table. Rejects with an Error that names the file. */
export async function loadPolicies(sources: PolicySources, files: PolicyFiles = policyFiles): Promise<LoadedPolicies> {
  const builder = new PolicyBuilder();
  /** Number of lines of each list. */
  const lines: number[] = [];
  for (const path of sources.rpz) {
    for (const file of await files.list(path)) {
      builder.beginList(file.path, true);
      const reader = new RpzReader(builder);
      lines.push(await eachLine(files.read(file.path), (text, line) => reader.read(text, line)));
      reader.end();
    }
  }
  for (const path of sources.blocklists) {
    for (const file of await files.list(path)) {
      builder.beginList(file.path, false);
      const read = (text: string, line: number): void => readNameListLine(text, line, sources.blocklistAction, builder);
      lines.push(await eachLine(files.read(file.path), read));
    }
  }
  const data = builder.finish();
  const spoilt = data.lists.filter(({ rules, skipped }, index) => rules === 0 && (skipped > 0 || lines[index] === 0));
  return { data, skipped: builder.skipped, spoilt: spoilt.map(({ name }) => name) };
}

/** Octets of the longest line that is read; no rule is that long. A longer one is skipped, since to read a part of it would lose the rest silently. */
const LONGEST_LINE = 65_536;
/** Takes the place of a line that is too long: no rule. */
const TOO_LONG = 'a line of more than 64 KiB';

/** UTF-8 byte order mark, which some editors put at the start of a file (RFC 3629 section 6). */
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

/** Calls `use` with each line, numbered from 1. Returns the number of lines. */
async function eachLine(pieces: AsyncIterable<Uint8Array>, use: (text: string, line: number) => void): Promise<number> {
  let rest = '';
  let isTooLong = false;
  let line = 0;
  for await (const piece of pieces) {
    const lines = (rest + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')).split('\n');
    if (line === 0) lines[0] = lines[0]!.replace(BYTE_ORDER_MARK, '');
    if (isTooLong && lines.length > 1) {
      lines[0] = TOO_LONG;
      isTooLong = false;
    }
    rest = lines.pop()!;
    isTooLong ||= rest.length > LONGEST_LINE;
    if (isTooLong) rest = '';
    for (const text of lines) use(text.endsWith('\r') ? text.slice(0, -1) : text, ++line);
  }
  if (isTooLong) use(TOO_LONG, ++line);
  else if (rest !== '') use(rest, ++line);
  return line;
}

export const policyFiles: PolicyFiles = {
  async list(path) {
    const found = await stat(path);
    if (!found.isDirectory()) return [{ path, stamp: `${found.mtimeMs} ${found.size} ${found.ino}` }];
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    const inside = await Promise.all(names.map(async (name) => ({ path: join(path, name), found: await stat(join(path, name)) })));
    return inside
      .filter((file) => file.found.isFile())
      .map((file) => ({ path: file.path, stamp: `${file.found.mtimeMs} ${file.found.size} ${file.found.ino}` }));
  },
  read: (path) => createReadStream(path, { highWaterMark: 65_536 }) as AsyncIterable<Uint8Array>,
};
