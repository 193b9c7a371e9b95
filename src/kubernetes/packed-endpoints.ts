/** Endpoints of a slice in protobuf, read straight into the octets that are kept: no object and no text for each of 150,000. */
import { isLabel } from '../cluster/labels.ts';
import { READY, SERVING, TERMINATING, type EndpointSlice } from '../cluster/model.ts';
import { Cursor, decode, message, text, type Message } from './protobuf.ts';

export type Endpoints = Pick<EndpointSlice, 'addresses' | 'conditions' | 'hostnames' | 'podNames'>;

/**
 * `slice` is the whole message. Returns undefined for the few that have to be read field by field: with addresses other than IPv4, or with
 * anything invalid. Throws a Problem on octets that are not a message.
 */
export function packedEndpoints(slice: Uint8Array, withPodNames: boolean): Endpoints | undefined {
  const cursor = new Cursor(slice);
  const most = Math.ceil(slice.length / LEAST);
  if (conditionsScratch.length < most) {
    addressesScratch = Buffer.alloc(most * IPV4_SIZE);
    conditionsScratch = Buffer.alloc(most);
  }
  const into: Packing = {
    addresses: addressesScratch,
    conditions: conditionsScratch,
    count: 0,
    hostnames: undefined,
    podNames: undefined,
  };
  while (cursor.at < slice.length) {
    const tag = cursor.varint();
    if (tag !== ENDPOINT) cursor.skip(tag & 7, slice.length);
    else if (!pack(cursor, cursor.endOf(slice.length), into, withPodNames)) return undefined;
  }
  cursor.mustBeAt(slice.length);
  const { count, hostnames, podNames } = into;
  return {
    addresses: into.addresses.toString('latin1', 0, count * IPV4_SIZE),
    conditions: into.conditions.toString('latin1', 0, count),
    hostnames: hostnames && Object.freeze(hostnames),
    podNames: podNames && Object.freeze(podNames),
  };
}

/** Reused by every call. */
let addressesScratch = Buffer.alloc(0);
let conditionsScratch = Buffer.alloc(0);

interface Packing {
  readonly addresses: Buffer;
  readonly conditions: Buffer;
  /** Addresses so far. */
  count: number;
  /** Undefined until the first name. */
  hostnames: string[] | undefined;
  podNames: string[] | undefined;
}

const IPV4_SIZE = 4;
/** The shortest address in protobuf: tag, length, and `1.1.1.1`. */
const LEAST = 9;

/** Tags (discovery/v1/generated.proto): of EndpointSlice. */
const ENDPOINT = 0x12;
/** Of Endpoint. */
const ADDRESS = 0x0a;
const CONDITIONS = 0x12;
const HOSTNAME = 0x1a;
const TARGET = 0x22;
/** Of EndpointConditions. */
const IS_READY = 0x08;
const IS_SERVING = 0x10;
const IS_TERMINATING = 0x18;

const REFERENCE: Message = message({ kind: text(1), name: text(3) });

/** Returns false when the endpoint has to be read field by field. */
function pack(cursor: Cursor, end: number, into: Packing, withPodNames: boolean): boolean {
  const first = into.count;
  let bits = READY | SERVING;
  let hostname = '';
  let podName = '';
  while (cursor.at < end) {
    const tag = cursor.varint();
    if (tag === ADDRESS) {
      const to = cursor.endOf(end);
      if (!packAddress(cursor.octets, cursor.at, to, into.addresses, into.count++ * IPV4_SIZE)) return false;
      cursor.at = to;
    } else if (tag === CONDITIONS) bits = bitsOf(cursor, cursor.endOf(end));
    else if (tag === HOSTNAME) hostname = cursor.text(end);
    else if (tag === TARGET && withPodNames) {
      const { kind, name = '' } = decode(cursor.bytes(end), REFERENCE);
      podName = kind === 'Pod' ? (name as string) : '';
    } else cursor.skip(tag & 7, end);
  }
  cursor.mustBeAt(end);
  if (hostname !== '' && !isLabel(hostname)) return false;
  into.hostnames = named(into.hostnames, hostname, first, into.count);
  into.podNames = named(into.podNames, podName, first, into.count);
  for (let i = first; i < into.count; i++) into.conditions[i] = bits;
  return true;
}

/** Appends the name of the addresses from `first` up to `count`. There is no list as long as no address has a name. */
function named(names: string[] | undefined, name: string, first: number, count: number): string[] | undefined {
  if (names === undefined && (name === '' || first === count)) return undefined;
  const list = names ?? Array<string>(first).fill('');
  for (let i = first; i < count; i++) list.push(name);
  return list;
}

function bitsOf(cursor: Cursor, end: number): number {
  let bits = READY | SERVING;
  while (cursor.at < end) {
    const tag = cursor.varint();
    const bit = tag === IS_READY ? READY : tag === IS_SERVING ? SERVING : tag === IS_TERMINATING ? TERMINATING : 0;
    if (bit === 0) cursor.skip(tag & 7, end);
    else bits = cursor.varint() === 0 ? bits & ~bit : bits | bit;
  }
  cursor.mustBeAt(end);
  return bits;
}

/** Four decimal numbers up to 255 without leading zeros, as wire/address.ts reads them. */
function packAddress(text: Uint8Array, from: number, to: number, into: Uint8Array, at: number): boolean {
  let dots = 0;
  let value = -1;
  for (let i = from; i < to; i++) {
    const octet = text[i]!;
    if (octet === DOT) {
      if (value === -1 || dots === 3) return false;
      into[at + dots++] = value;
      value = -1;
    } else {
      if (octet < ZERO || octet > NINE || value === 0) return false;
      value = value === -1 ? octet - ZERO : value * 10 + octet - ZERO;
      if (value > 255) return false;
    }
  }
  into[at + 3] = value;
  return value !== -1 && dots === 3;
}

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
