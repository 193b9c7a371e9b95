/** An access-control rule and the parser of its text form: `refuse from 10.1.0.0/16 name corp.example type ANY,TXT`. */
import { typeFromName } from '../../wire/iana.ts';
import { nameFromText, ROOT, type Name } from '../../wire/name.ts';
import type { Compiled } from '../compiled.ts';
import { parsePrefix, strayBits, type Prefix } from '../prefixes.ts';

export const aclActions = ['allow', 'refuse', 'drop', 'nodata', 'nxdomain'] as const;
export type AclAction = (typeof aclActions)[number];

/** A rule applies to a query that matches all its lists; an empty list matches everything. */
export interface AclRule {
  readonly action: AclAction;
  /** Prefixes of the client's address. */
  readonly from: readonly Prefix[];
  /** Apexes of our zones, one of which is the zone of the name; the root means every name outside our zones. */
  readonly zones: readonly Name[];
  /** The name is one of these or below one. */
  readonly names: readonly Name[];
  readonly types: readonly number[];
}

const aclRuleForm = 'ACTION [from PREFIX,…] [zone ZONE,…] [name NAME,…] [type TYPE,…]';

type Lists = { from: Prefix[]; zone: Name[]; name: Name[]; type: number[] };

/** Parses a rule; reports all errors of the line. `zones`: the apexes of our zones; undefined if unknown, and then any zone may be named. */
export function parseAclRule(text: string, zones: readonly Name[] | undefined): Compiled<AclRule> {
  const [action = '', ...words] = escapesAsNumbers(text).trim().split(/\s+/);
  const errors: string[] = [];
  if (!(aclActions as readonly string[]).includes(action)) errors.push(`"${action}" is no action; begin with ${inWords(aclActions)}`);
  const lists: Lists = { from: [], zone: [], name: [], type: [] };
  const given = new Set<string>();
  for (let i = 0; i < words.length; i += 2) {
    const key = words[i]!;
    const items = (words[i + 1] ?? '').split(',');
    if (!isKey(key)) errors.push(`"${key}" is none of from, zone, name and type; the form is ${aclRuleForm}`);
    else if (given.has(key)) errors.push(`"${key}" stands twice; join its values with commas`);
    else for (const item of items) readItem(lists, key, item, zones, errors);
    given.add(key);
  }
  if (errors.length > 0) return { errors };
  return { value: { action: action as AclAction, from: lists.from, zones: lists.zone, names: lists.name, types: lists.type } };
}

/** Rewrites `\,` and `\ ` to `\044` and `\032` (RFC 1035 section 5.1), so that an escaped comma or space does not separate. */
function escapesAsNumbers(text: string): string {
  return text.replace(/\\./g, (pair) => (pair === '\\,' ? '\\044' : pair === '\\ ' ? '\\032' : pair));
}

const keys = ['from', 'zone', 'name', 'type'] as const;

function isKey(text: string): text is (typeof keys)[number] {
  return (keys as readonly string[]).includes(text);
}

function readItem(lists: Lists, key: (typeof keys)[number], item: string, zones: readonly Name[] | undefined, errors: string[]): void {
  if (item === '') errors.push(`"${key}" has no value behind it, or an empty one`);
  else if (key === 'from') readFrom(lists.from, item, errors);
  else if (key === 'type') {
    const type = typeFromName(item);
    if (type === undefined) errors.push(`"${item}" is no type; a mnemonic such as AAAA, or TYPE65280, would be right`);
    else lists.type.push(type);
  } else if (item.startsWith('*.')) {
    errors.push(
      `"${item}" would hold for names with a label "*" only; write "${key} ${item.slice(2)}", which holds for all names below it too`,
    );
  } else {
    // Clients query internationalized names as A-labels (RFC 5891); read as Latin-1, the name would never match.
    const name = isAscii(item) ? nameFromText(item) : undefined;
    if (name === undefined)
      errors.push(`"${item}" is no domain name, such as corp.example${isAscii(item) ? '' : ' or xn--bcher-kva.example'}`);
    else if (key === 'name') lists.name.push(name);
    else if (name === ROOT || zones === undefined || zones.includes(name)) lists.zone.push(name);
    else
      errors.push(
        `"${item}" is no zone served here; for names that end so write "name ${item}", and "zone ." for every name outside our zones`,
      );
  }
}

function readFrom(from: Prefix[], item: string, errors: string[]): void {
  const prefix = parsePrefix(item);
  const stray = strayBits(item);
  if (prefix === undefined) errors.push(`"${item}" is no address prefix, such as 10.1.0.0/16 or fd00:1::/32`);
  else if (stray !== undefined) errors.push(stray);
  else from.push(prefix);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function inWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}
