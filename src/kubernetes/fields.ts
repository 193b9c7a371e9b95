/** Strict readers of an object's fields: each returns the value, or throws a Problem that says where, what is there and what would be right. */
import { isLabel } from '../cluster/labels.ts';
import { toOctets, type Octets } from '../cluster/octets.ts';
import { parseAddress } from '../wire/address.ts';

/** An invalid field of an object; its message names the field and its value. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** Called with the problem of a part that is not served while the rest of its object is. */
export type LeaveOut = (problem: Problem) => void;

export type Fields = Readonly<Record<string, unknown>>;

/** Returns an object's fields; none when it is absent. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong(where, value, 'an object');
  return value as Fields;
}

/** Returns a list's elements; none when it is absent. */
export function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(where, value, 'a list');
  return value;
}

/**
 * Reads each element of a list, none when it is absent. A problem in one element costs only that element and is reported with its index: `read` names
 * only the field below the element, '' for the element itself. So no path is built for the 150,000 endpoints that are valid.
 */
export function eachOf(value: unknown, where: string, leaveOut: LeaveOut, read: (element: unknown, index: number) => void): void {
  const elements = listOf(value, where);
  for (let index = 0; index < elements.length; index++) {
    try {
      read(elements[index], index);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      leaveOut(below(where, index, error));
    }
  }
}

/** Reports the parts left out. When no part is left to serve, throws the first problem instead, so that the object's last good value stays served. */
export function leaveOutSome(problems: readonly Problem[], served: number, leaveOut: LeaveOut): void {
  if (served === 0 && problems.length > 0) throw problems[0]!;
  problems.forEach(leaveOut);
}

/** Returns the problem of a list's element, with the element's place in front. */
export function below(where: string, index: number, { message }: Problem): Problem {
  return new Problem(`${where}[${index}]${message.startsWith(' ') ? '' : '.'}${message}`);
}

/** '' when absent. */
export function textOf(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrong(where, value, 'a string');
  return value;
}

/** Like `textOf`, for what must not be shown. */
export function secretOf(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Problem(`${where} is not a string, which it must be`);
  return value;
}

export function booleanOf(value: unknown, where: string, absent: boolean): boolean {
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'boolean') throw wrong(where, value, 'true or false');
  return value;
}

/** An RFC 1123 section 2.1 label as Kubernetes reads it: lower-case letters, digits and inner hyphens, at most 63 octets. */
export function labelOf(value: unknown, where: string): string {
  if (typeof value === 'string' && isLabel(value)) return value;
  throw wrong(where, value, 'a DNS label: 1 to 63 of a-z, 0-9 and -, neither first nor last a hyphen');
}

/** A name of an EndpointSlice or a Pod: as Kubernetes reads RFC 1123, only the whole is limited, to 253 octets. */
export function subdomainOf(value: unknown, where: string): string {
  if (typeof value === 'string' && isHostName(value)) return value;
  throw wrong(where, value, 'at most 253 of a-z, 0-9, - and ., each part beginning and ending with a letter or digit');
}

/** Returns a host name in lower case, without its trailing dot; an IP address is accepted too. */
export function hostOf(value: unknown, where: string): string {
  if (typeof value === 'string') {
    const host = value.replace(/\.$/, '').toLowerCase();
    if (isHostName(host) || parseAddress(host) !== undefined) return host;
  }
  throw wrong(where, value, 'a host name, such as db.example.com');
}

/** 4 or 16 octets. */
export function addressOf(value: unknown, where: string): Octets {
  const octets = typeof value === 'string' ? parseAddress(value) : undefined;
  if (octets === undefined) throw wrong(where, value, 'an IPv4 or IPv6 address');
  return toOctets(octets);
}

export function portNumberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw wrong(where, value, 'a whole number from 1 to 65535');
}

/** Lower case; TCP when absent. */
export function protocolOf(value: unknown, where: string): string {
  const protocol = textOf(value, where) || 'TCP';
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') throw wrong(where, value, 'TCP, UDP or SCTP');
  return protocol.toLowerCase();
}

/** Returns the problem of a field with an invalid value. */
export function wrong(where: string, value: unknown, right: string): Problem {
  return new Problem(`${where} is ${shown(value)}; it must be ${right}`);
}

/** Truncates long values: the message is for a log line. */
function shown(value: unknown): string {
  // In protobuf, a text that is not set is empty.
  if (value === undefined || value === '') return 'missing';
  const text = asJson(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A manifest's value may contain itself by an alias, or be nested too deeply for the stack. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'a value nested without end';
  }
}

const PART = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** An API server takes labels of any length; which of them make a domain name is for join.ts, so that what was served before does not stay. */
function isHostName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => PART.test(label));
}
