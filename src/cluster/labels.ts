/** Labels of the cluster's names: which texts are valid, and how an address is spelt as one (Kubernetes DNS specification 2.4.1: our choice). */
import { formatAddress, parseAddress } from '../wire/address.ts';
import { fromOctets, toOctets, type Octets } from './octets.ts';

/** Letters, digits and inner hyphens, at most 63 (RFC 1123 section 2.1). */
export function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text);
}

/** A port's name must fit a label with an underscore before it (RFC 6335 section 5.1 allows 15 characters, Kubernetes 63). */
export function isPortName(text: string): boolean {
  return text.length <= 62 && isLabel(text);
}

/** Spells an address with hyphens for dots and colons: `10-0-0-1`, `2001-db8--1`. After a final hyphen a zero is added: `2001-db8--0`. */
export function addressLabel(address: Octets): string {
  const label = dashed(address);
  return label.endsWith('-') ? `${label}0` : label;
}

/** Returns the address whose `addressLabel` is `label`; other spellings are not names. */
export function labelledAddress(label: string): Octets | undefined {
  const address = parseDashed(label);
  return address !== undefined && addressLabel(address) === label ? address : undefined;
}

/** Returns `formatAddress` with hyphens. IPv4 is spelt by hand for speed: a large Service has thousands, which are spelt in one pass. */
export function dashed(address: Octets): string {
  if (address.length === 4) return `${address.charCodeAt(0)}-${address.charCodeAt(1)}-${address.charCodeAt(2)}-${address.charCodeAt(3)}`;
  return formatAddress(fromOctets(address)).replaceAll(/[.:]/g, '-');
}

/** Parses any spelling of an address with hyphens: four decimal numbers are IPv4, everything else is IPv6. */
export function parseDashed(label: string): Octets | undefined {
  if (!/^[0-9a-f-]{2,39}$/.test(label)) return undefined;
  const address = parseAddress(label.replaceAll('-', DASHED_IPV4.test(label) ? '.' : ':'));
  return address && toOctets(address);
}

const DASHED_IPV4 = /^\d+-\d+-\d+-\d+$/;
