/** The contents of hosts files (hosts(5)): names to addresses, and addresses to their canonical names. */
import { parseAddress } from '../../wire/address.ts';
import { nameFromText, ROOT, type Name } from '../../wire/name.ts';
import type { Work } from '../in-slices.ts';

export interface HostsEntry {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** The canonical name, then the aliases. */
  readonly names: readonly Name[];
}

export interface Hosts {
  readonly entries: readonly HostsEntry[];
  /** Lines or names that were left out: where, what and why; at most MOST_TOLD, and how many more there are. */
  readonly refused: readonly string[];
}

/** Lines parsed as one part of the work. */
const PART = 64;
/** A list in another form has as many bad lines as it has lines. */
const MOST_TOLD = 10;

export function* parsingHosts(text: string): Work<Hosts> {
  const entries: HostsEntry[] = [];
  const refused: string[] = [];
  let refusals = 0;
  const refuse = (reason: string): void => {
    if (refusals++ < MOST_TOLD) refused.push(reason);
  };
  let start = 0;
  for (let number = 1; start <= text.length; number++) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    const entry = parseLine(text.slice(start, end), number, refuse);
    if (entry !== undefined) entries.push(entry);
    start = end + 1;
    if (number % PART === 0) yield;
  }
  if (refusals > MOST_TOLD) refused.push(`and ${refusals - MOST_TOLD} more lines or names like these`);
  return { entries, refused };
}

function parseLine(line: string, number: number, refuse: (reason: string) => void): HostsEntry | undefined {
  const [addressText = '', ...nameTexts] = line.replace(/#.*/, '').trim().split(/\s+/);
  if (addressText === '') return undefined;
  const address = parseAddress(addressText);
  if (address === undefined) {
    refuse(`line ${number}: ${addressText} is no IP address${addressText.includes('%') ? ' without a zone index' : ''}`);
    return undefined;
  }
  const names = nameTexts.flatMap((nameText) => {
    const name = nameFromText(nameText);
    if (name !== undefined && name !== ROOT) return [name];
    refuse(`line ${number}: ${nameText} is no name${/^[\0-\x7f]*$/.test(nameText) ? '' : ' in ASCII; write its xn-- form'}`);
    return [];
  });
  if (nameTexts.length === 0) refuse(`line ${number}: ${addressText} has no name`);
  return names.length > 0 ? { address, names } : undefined;
}
