/** Labels of the cluster's names: which texts are one, and how an address is spelt as one (Kubernetes DNS specification 2.4.1: the format is ours). */
import { formatAddress, parseAddress } from '../wire/address.ts';
import { fromOctets, toOctets, type Octets } from './octets.ts';

/** RFC 1123 section 2.1: letters, digits and inner hyphens, 63 at most. */
export function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text);
}

/** A Service port's name as `_name` has to fit a label (RFC 6335 section 5.1 allows 15 characters, Kubernetes 63). */
export function isPortName(text: string): boolean {
  return text.length <= 62 && isLabel(text);
}

/** Dots and colons as hyphens: `10-0-0-1`, `2001-db8--1`. One that would end in a hyphen gets a zero behind it: `2001-db8--0`. */
export function addressLabel(address: Octets): string {
  const label = dashed(address);
  return label.endsWith('-') ? `${label}0` : label;
}

/** The address that `label` is the spelling of by `addressLabel`; other spellings are no name. */
export function labelledAddress(label: string): Octets | undefined {
  const address = parseDashed(label);
  return address !== undefined && addressLabel(address) === label ? address : undefined;
}

/** `formatAddress` with hyphens. IPv4 by hand: a large Service has thousands, which are spelt at one go. */
export function dashed(address: Octets): string {
  if (address.length === 4) return `${address.charCodeAt(0)}-${address.charCodeAt(1)}-${address.charCodeAt(2)}-${address.charCodeAt(3)}`;
  return formatAddress(fromOctets(address)).replaceAll(/[.:]/g, '-');
}

/** Any spelling of an address with hyphens: three hyphens between numbers are IPv4, all else is IPv6. */
export function parseDashed(label: string): Octets | undefined {
  if (!/^[0-9a-f-]{2,39}$/.test(label)) return undefined;
  const address = parseAddress(label.replaceAll('-', DASHED_IPV4.test(label) ? '.' : ':'));
  return address && toOctets(address);
}

const DASHED_IPV4 = /^\d+-\d+-\d+-\d+$/;
