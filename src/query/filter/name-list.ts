/** Reads blocklists in their usual forms: hosts files that map names to a null or loopback address, and plain lists of names. */
import { parseAddress } from '../../wire/address.ts';
import { nameFromText, ROOT } from '../../wire/name.ts';
import type { Action } from './action.ts';
import type { PolicySink } from './policy-builder.ts';

/** Addresses that a hosts file gives to blocked names. */
const NOWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '127.0.0.1', '::', '::0', '::1', '0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0:1']);

/** The machine's own names, which hosts files also hold and which are ignored. */
const OWN: ReadonlySet<string> = new Set([
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
  '0.0.0.0',
]);

/**
 * Reads one line: `0.0.0.0 name name`, `name`, or `*.name` for all names below; `#` and `!` begin comments. A name blocks itself only. `line` counts
 * from 1.
 */
export function readNameListLine(text: string, line: number, action: Action, sink: PolicySink): void {
  const comment = text.search(/[#!]/);
  const fields = (comment === -1 ? text : text.slice(0, comment)).trim().split(/\s+/);
  const first = fields[0]!;
  if (first === '') return;
  const names = isAddress(first) ? fields.slice(1) : fields;
  const isPointed = names.length < fields.length;
  if (isPointed ? NOWHERE.has(first) : fields.length === 1) for (const name of names) readName(name, line, action, sink);
  else if (!isOfTheHead(fields))
    sink.skip(line, isPointed ? `${first} is an address that a blocklist does not point at` : 'neither one name, nor an address and names');
}

/** Whether it is a line such as `ff02::1 ip6-allnodes` or `fe80::1%lo0 localhost`, with which hosts files begin. */
function isOfTheHead(fields: readonly string[]): boolean {
  return fields.length > 1 && fields.slice(1).every((name) => OWN.has(name));
}

function readName(text: string, line: number, action: Action, sink: PolicySink): void {
  if (OWN.has(text)) return;
  const below = text.startsWith('*.');
  const bare = below ? text.slice(2) : text;
  const name = /^[a-z0-9._-]+$/i.test(bare) ? nameFromText(bare) : undefined;
  if (name === undefined || name === ROOT) {
    const hint = /[^\0-\x7f]/.test(text) ? ', such as xn--bcher-kva.example' : '';
    sink.skip(line, `${JSON.stringify(text.slice(0, 80))} is no domain name${hint}`);
  } else sink.addName(name, below, action);
}

/** The first character, or the absence of a colon, rules out most names before parsing. */
function isAddress(text: string): boolean {
  const first = text.charCodeAt(0);
  return ((first >= 0x30 && first <= 0x39) || text.includes(':')) && parseAddress(text) !== undefined;
}
