/** Parses addresses, prefixes, names and upstreams as people write them, into canonical form. Undefined means invalid. */
import { isIPv4 } from 'node:net';
import type { Address } from './option.ts';

/** Parses `127.0.0.1:53`, `[::1]:53`, or `:53` for every address. */
export function readAddress(text: string): Address | undefined {
  const [, host = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const bare = unbracket(host);
  const port = Number(digits);
  if (digits === '' || port > 65_535 || bare === undefined) return undefined;
  return Object.freeze({ host: bare, port });
}

/** Removes the brackets around an IPv6 address, which must have them. A zone index (RFC 4007), local to one host, is refused; '' stays ''. */
function unbracket(host: string): string | undefined {
  if (host === '' || isIPv4(host)) return host;
  const inside = /^\[(.*)\]$/.exec(host)?.[1];
  return inside !== undefined && bitsOf(inside) === 128 ? inside : undefined;
}

/**
 * Returns the name in lower case without the trailing dot (RFC 1035 section 2.3.4 for the lengths); the root is `.`. Refuses characters that only a
 * mistake puts there: an asterisk would match only itself, a comma or an equals sign comes from a list in the wrong syntax, and a percent sign from a
 * URL in which a name was not ASCII.
 */
export function readName(text: string): string | undefined {
  if (text === '.') return text;
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const right = name.length <= 253 && labels.every((label) => /^[!-~]{1,63}$/.test(label));
  return right && !/[\\"();@$/*,=%]/.test(name) ? name : undefined;
}

/** Parses a name at or below in-addr.arpa or ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function readReverseZone(text: string): string | undefined {
  const name = readName(text);
  return name !== undefined && /(^|\.)(in-addr|ip6)\.arpa$/.test(name) ? name : undefined;
}

/** Parses `10.0.0.0/8`; an address alone is a prefix of its full length. */
export function readPrefix(text: string): string | undefined {
  const [address = '', length, ...more] = text.split('/');
  const bits = bitsOf(address);
  if (bits === 0 || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const count = length === undefined ? bits : Number(length);
  return count > bits ? undefined : `${address.toLowerCase()}/${count}`;
}

const defaultPort: Readonly<Record<string, string>> = { 'udp:': '53', 'tcp:': '53', 'tls:': '853', 'https:': '' };

/**
 * Parses an upstream. `ADDR[:PORT]` is UDP. `tls://ADDR[:PORT][#NAME]` (RFC 7858) checks the certificate against NAME.
 * `https://HOST[:PORT]/PATH[#NAME]` (RFC 8484) defaults to the path /dns-query. Only https accepts a host name; the others need an address, since
 * resolving a name would take a nameserver.
 */
export function readUpstream(text: string): string | undefined {
  if (/\s/.test(text)) return undefined;
  const url = parseUrl(text.includes('://') ? text : `udp://${bitsOf(text) === 128 ? `[${text}]` : text}`);
  const usual = url === undefined ? undefined : defaultPort[url.protocol];
  if (url === undefined || usual === undefined || url.hostname === '' || url.username !== '' || url.password !== '') return undefined;
  const host = url.hostname.toLowerCase();
  const hash = url.hash.length > 1 ? `#${readName(url.hash.slice(1)) ?? ''}` : '';
  if (hash === '#' || url.port === '0') return undefined;
  const port = url.port === '' ? usual : url.port;
  const start = `${url.protocol}//${host}${port === '' ? '' : `:${port}`}`;
  if (url.protocol === 'https:') return start + (url.pathname === '/' ? '/dns-query' : url.pathname) + url.search + hash;
  if (unbracket(host) === undefined || !['', '/'].includes(url.pathname) || url.search !== '') return undefined;
  return hash !== '' && url.protocol !== 'tls:' ? undefined : start + hash;
}

function parseUrl(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

/** Bits of an address; 0 if it is not one. The URL parser reads IPv6 as node:net does, whose regular expression takes 10 ms to compile. */
function bitsOf(address: string): number {
  if (isIPv4(address)) return 32;
  return /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`udp://[${address}]`) ? 128 : 0;
}
