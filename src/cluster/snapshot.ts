/** The published state as bytes, so that a restart without the API server serves the last known cluster. The caller reads and writes the files. */
import { hash } from 'node:crypto';
import type { PublishedState } from './update.ts';

export interface Snapshot {
  readonly state: PublishedState;
  /** When it was encoded, ms since 1970. */
  readonly savedAt: number;
}

const MAGIC = 'kubezone-snapshot';
const VERSION = 1;

/** `options`: what else the state depends on (source, namespaces, selector, pods mode); a snapshot with other options is refused. */
export function encodeSnapshot({ state, savedAt }: Snapshot, options: string): Buffer {
  const content = Buffer.from(JSON.stringify({ options, savedAt, state } satisfies Content));
  return Buffer.concat([Buffer.from(`${MAGIC} ${VERSION} ${content.length} ${hash('sha256', content)}\n`), content]);
}

/** Returns the snapshot, or why it is refused, worded to follow the file's name: `… is truncated: …`. */
export function decodeSnapshot(bytes: Uint8Array, options: string): Snapshot | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = /^kubezone-snapshot (\d{1,9}) (\d{1,15}) ([0-9a-f]{64})\n/.exec(buffer.toString('latin1', 0, 128));
  if (header === null) return buffer.length < 128 && MAGIC.startsWith(buffer.toString('latin1', 0, MAGIC.length)) ? TOO_SHORT : FOREIGN;
  const [line, version, length, checksum] = header;
  if (Number(version) !== VERSION) return `is a snapshot of format ${version}; this version reads format ${VERSION}`;
  const content = buffer.subarray(line.length);
  if (content.length < Number(length)) return `is truncated: it has ${content.length} of ${length} octets`;
  if (content.length > Number(length) || hash('sha256', content) !== checksum) return 'is damaged: its checksum does not fit what it holds';
  const { options: other, savedAt, state } = JSON.parse(content.toString()) as Content;
  return other === options ? { savedAt, state } : `was written with other options (${other}); these are ${options}`;
}

const FOREIGN = 'is no snapshot of kubezone';
const TOO_SHORT = 'is truncated: not even its header is whole';

interface Content extends Snapshot {
  readonly options: string;
}
