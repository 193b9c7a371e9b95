/** Reads lists from files, or folders of files as a mounted ConfigMap is one, into the table of policies. It yields between pieces: a list of millions takes seconds. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Action } from './action.ts';
import { readNameListLine } from './name-list.ts';
import type { PolicyData } from './policies.ts';
import { PolicyBuilder, type SkippedLine } from './policy-builder.ts';
import { RpzReader } from './rpz.ts';

/** The lists, the first first: response policy zones come before blocklists, so that a passthru in one can spare a name of the other. */
export interface PolicySources {
  readonly rpz: readonly string[];
  readonly blocklists: readonly string[];
  readonly blocklistAction: Action;
}

/** What is asked of the file system. */
export interface PolicyFiles {
  /** The files that `path` stands for, each with a stamp that changes when it does. Rejects with the system's error. */
  list(path: string): Promise<readonly { readonly path: string; readonly stamp: string }[]>;
  read(path: string): AsyncIterable<Uint8Array>;
}

export interface LoadedPolicies {
  readonly data: PolicyData;
  /** The first few lines of each list that are no rule. */
  readonly skipped: readonly SkippedLine[];
  /** Lists without a rule whose files are empty, or hold lines that are none: being written just then, or something else than a list. */
  readonly spoilt: readonly string[];
}

/** Rejects with an Error that names the file. */
export async function loadPolicies(sources: PolicySources, files: PolicyFiles = policyFiles): Promise<LoadedPolicies> {
  const builder = new PolicyBuilder();
  /** Of each list. */
  const lines: number[] = [];
  for (const path of sources.rpz) {
    for (const file of await files.list(path)) {
      builder.beginList(file.path, true);
      const reader = new RpzReader(builder);
      lines.push(await eachLine(files.read(file.path), (text, line) => reader.read(text, line)));
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

/** Longer lines are cut: no rule is that long. */
const LONGEST_LINE = 65_536;

/** What some editors begin a file with, in octets (RFC 3629 section 6). */
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

/** Returns how many there are. */
async function eachLine(pieces: AsyncIterable<Uint8Array>, use: (text: string, line: number) => void): Promise<number> {
  let rest = '';
  let line = 0;
  for await (const piece of pieces) {
    const lines = (rest + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')).split('\n');
    if (line === 0) lines[0] = lines[0]!.replace(BYTE_ORDER_MARK, '');
    rest = lines.pop()!.slice(0, LONGEST_LINE);
    for (const text of lines) use(text.endsWith('\r') ? text.slice(0, -1) : text, ++line);
  }
  if (rest !== '') use(rest, ++line);
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
