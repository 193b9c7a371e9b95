/** The contents of hosts files (hosts(5)): names to addresses, and addresses to their canonical names. */
import { parseAddress } from '../wire/address.ts';
import { nameFromText, ROOT, type Name } from '../wire/name.ts';

export interface HostsEntry {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** The canonical name, then the aliases. */
  readonly names: readonly Name[];
}

export interface Hosts {
  readonly entries: readonly HostsEntry[];
  /** Lines or names that were left out: where, what and why. */
  readonly refused: readonly string[];
}

export function parseHosts(text: string): Hosts {
  const entries: HostsEntry[] = [];
  const refused: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [addressText = '', ...nameTexts] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (addressText === '') continue;
    const address = parseAddress(addressText);
    if (address === undefined) {
      refused.push(`line ${index + 1}: ${addressText} is no IP address${addressText.includes('%') ? ' without a zone index' : ''}`);
      continue;
    }
    const names = nameTexts.flatMap((nameText) => {
      const name = nameFromText(nameText);
      if (name !== undefined && name !== ROOT) return [name];
      refused.push(`line ${index + 1}: ${nameText} is no name`);
      return [];
    });
    if (names.length > 0) entries.push({ address, names });
    else if (nameTexts.length === 0) refused.push(`line ${index + 1}: ${addressText} has no name`);
  }
  return { entries, refused };
}
