/** Writes what the fake API server sends in Kubernetes' protobuf encoding, checked against recordings of the real encoder (recordings/README.md). */
import type { KubernetesObject } from './history.ts';
import { kinds, listMeta, type Fields, type Type } from './protobuf-fields.ts';
export type { Fields } from './protobuf-fields.ts';
import type { ListBody } from './listing.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** An object or a Status as a whole body. */
export function wholeBody(object: { readonly kind: string; readonly apiVersion: string }): Buffer {
  return enveloped(object, bodyOf(object));
}

export function listOctets(list: ListBody): Buffer {
  const metadata = delimited(1, message(list.metadata, listMeta));
  const kind = list.kind.replace(/List$/, '');
  const items = list.items.map((item) => delimited(2, bodyOf({ ...(item as KubernetesObject), kind }, item as object)));
  return enveloped(list, Buffer.concat([metadata, ...items]));
}

/** A watch's event, after its length. */
export function eventOctets(type: string, object: { readonly kind: string; readonly apiVersion: string }): Buffer {
  if (type !== 'ADDED') return eventAnew(type, object);
  const known = additions.get(object) ?? eventAnew(type, object);
  additions.set(object, known);
  return known;
}

function eventAnew(type: string, object: { readonly kind: string; readonly apiVersion: string }): Buffer {
  const event = Buffer.concat([delimited(1, Buffer.from(type)), delimited(2, delimited(1, wholeBody(object)))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** `fields` in the order of their numbers, as Go writes them; fields that `table` does not name are an error of the test. */
export function message(fields: object, table: Fields): Buffer {
  const parts: [number, Buffer][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const field = table[name];
    if (field === undefined) throw new Error(`the fake API server has no field number for ${name}`);
    const [number, type] = field;
    for (const element of Array.isArray(value) ? (value as unknown[]) : value === null || value === undefined ? [] : [value])
      parts.push([number, valueOctets(number, type, element)]);
  }
  return Buffer.concat(parts.sort(([a], [b]) => a - b).map(([, octets]) => octets));
}

/** Objects do not change once they are stored: each is encoded once, so that a benchmark measures the client. */
const bodies = new WeakMap<object, Buffer>();
const additions = new WeakMap<object, Buffer>();

function bodyOf(object: { readonly kind: string }, as: object = object): Buffer {
  const known = bodies.get(as);
  if (known !== undefined) return known;
  const table = kinds[object.kind];
  if (table === undefined) throw new Error(`the fake API server has no field numbers for the kind ${object.kind}`);
  const fields = Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'kind' && name !== 'apiVersion'));
  const octets = message(fields, table);
  bodies.set(as, octets);
  return octets;
}

function enveloped({ kind, apiVersion }: { readonly kind: string; readonly apiVersion: string }, body: Buffer): Buffer {
  const typeMeta = Buffer.concat([delimited(1, Buffer.from(apiVersion)), delimited(2, Buffer.from(kind))]);
  const none = Buffer.alloc(0);
  return Buffer.concat([Buffer.from('k8s\0'), delimited(1, typeMeta), delimited(2, body), delimited(3, none), delimited(4, none)]);
}

function valueOctets(number: number, type: Type, value: unknown): Buffer {
  if (typeof type === 'object') return delimited(number, message(value as object, type));
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no string, which protobuf has at ${number}`);
      return delimited(number, Buffer.from(value));
    case 'integer':
      return varintField(number, value as number);
    case 'boolean':
      if (typeof value !== 'boolean') throw new Error(`${JSON.stringify(value)} is no boolean, which protobuf has at ${number}`);
      return varintField(number, value ? 1 : 0);
    case 'map': {
      const entries = Object.entries(value as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
      return Buffer.concat(entries.map(([key, text]) => delimited(number, message({ key, value: text }, ENTRY))));
    }
    case 'time':
      return delimited(number, message({ seconds: Math.floor(Date.parse(value as string) / 1000), nanos: 0 }, TIME));
    case 'int-or-string':
      return delimited(
        number,
        message(typeof value === 'number' ? { type: 0, int: value, text: '' } : { type: 1, int: 0, text: value }, INT_OR_STRING),
      );
    case 'fields':
      return delimited(number, message({ raw: JSON.stringify(value) }, { raw: [1, 'string'] }));
  }
}

const ENTRY: Fields = { key: [1, 'string'], value: [2, 'string'] };
const TIME: Fields = { seconds: [1, 'integer'], nanos: [2, 'integer'] };
const INT_OR_STRING: Fields = { type: [1, 'integer'], int: [2, 'integer'], text: [3, 'string'] };

function delimited(number: number, octets: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(octets.length), octets]);
}

function varintField(number: number, value: number): Buffer {
  if (!Number.isInteger(value)) throw new Error(`${JSON.stringify(value)} is no integer, which protobuf has at ${number}`);
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const octets: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) octets.push(Number(rest & 0x7fn) | 0x80);
  octets.push(Number(rest));
  return Buffer.from(octets);
}
