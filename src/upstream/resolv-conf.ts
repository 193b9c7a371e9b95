/** The nameservers of a resolv.conf (resolv.conf(5)); search lists and options concern stub resolvers and are ignored. */
import { parseAddress, urlHost } from '../wire/address.ts';

export interface ResolvConf {
  /** `udp://10.0.0.53:53`, in the file's order, each once. */
  readonly nameservers: readonly string[];
  /** Lines that name a nameserver we cannot ask: what, where and why. */
  readonly refused: readonly string[];
}

export function parseResolvConf(text: string): ResolvConf {
  const nameservers = new Set<string>();
  const refused: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword !== 'nameserver') continue;
    const reason = whyRefused(address);
    if (reason === undefined) nameservers.add(upstreamAt(address));
    else refused.push(`line ${index + 1}: nameserver ${address}: ${reason}`);
  }
  return { nameservers: [...nameservers], refused };
}

function whyRefused(address: string): string | undefined {
  if (address.includes('%'))
    return 'an address with a zone index means something on one interface only; name it by --upstream with an address of wider scope';
  if (parseAddress(address) !== undefined) return undefined;
  if (/^\[.*\]|:\d+$/.test(address)) return 'a resolv.conf takes no ports; name it by --upstream';
  return 'is no IP address';
}

function upstreamAt(address: string): string {
  return new URL(`udp://${urlHost(address)}:53`).href;
}
